from . import recurring_revenue_progress
