from . import recurring_bill_run_comparison
