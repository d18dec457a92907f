from . import test_milestone_billing
from . import test_project_progress
