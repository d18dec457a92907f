from . import recurring_contract_amend
from . import recurring_contract_amend_line
from . import recurring_contract_end
from . import sale_advance_payment_inv
from . import recurring_contract_snapshot
from . import recurring_contract_snapshot_line
from . import recurring_contract_align
from . import recurring_contract_align_line
