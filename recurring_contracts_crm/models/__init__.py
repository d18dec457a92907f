from . import recurring_plan
from . import recurring_contract
from . import recurring_contract_opportunity
from . import crm_lost_reason
from . import crm_lead
from . import crm_lead_renewal
from . import sale_order
