from . import recurring_contract
from . import crm_lead
