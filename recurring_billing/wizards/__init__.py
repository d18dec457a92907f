from . import recurring_bill_run_decision
