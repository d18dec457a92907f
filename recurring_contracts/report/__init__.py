from . import recurring_mrr_movement
