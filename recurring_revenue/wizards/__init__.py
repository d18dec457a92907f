from . import recurring_revenue_allocate
from . import recurring_revenue_allocate_line
from . import recurring_revenue_preview
from . import recurring_revenue_preview_line
from . import recurring_revenue_progress
from . import recurring_revenue_report
from . import recurring_revenue_report_line
