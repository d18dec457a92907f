def migrate(cr, version):
    """Note, where a renewal order was made already, that the contract's end has its renewal."""
    cr.execute(
        """
        UPDATE recurring_contract contract
           SET renewal_prepared_end = contract.date_end
         WHERE contract.renewal_prepared_end IS NULL
           AND EXISTS (
               SELECT FROM recurring_contract_renewal_order_rel rel WHERE rel.contract_id = contract.id
           )
        """
    )
