from . import account_move_reversal
from . import recurring_bill_run_decision
from . import recurring_parting
from . import recurring_statement_wizard
