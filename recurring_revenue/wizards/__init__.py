from . import recurring_revenue_preview
from . import recurring_revenue_preview_line
from . import recurring_revenue_progress
