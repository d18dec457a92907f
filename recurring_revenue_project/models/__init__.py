from . import project_project
from . import recurring_obligation
from . import recurring_revenue_schedule
from . import recurring_revenue_run
