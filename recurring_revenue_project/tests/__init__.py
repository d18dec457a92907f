from . import test_project_progress
