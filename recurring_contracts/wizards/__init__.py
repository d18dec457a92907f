from . import recurring_contract_amend
from . import recurring_contract_amend_line
from . import recurring_contract_end
from . import sale_advance_payment_inv
