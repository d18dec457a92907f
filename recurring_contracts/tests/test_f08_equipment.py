from datetime import date

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, HttpCase, freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from .common import RecurringContractsCommon


class EquipmentCommon(RecurringContractsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = new_test_user(cls.env, "equipment_seller", groups="sales_team.group_sale_salesman")
        cls.clerk = new_test_user(cls.env, "equipment_clerk", groups="account.group_account_invoice")
        cls.boiler = cls.env["product.product"].create(
            {"name": "Boiler", "type": "consu", "recurring_warranty_months": 24}
        )
        cls.site = cls.env["res.partner"].create({"name": "Basement", "parent_id": cls.partner.id, "type": "delivery"})
        cls.contract = cls._create_contract([(cls.support, 1, 40.0)], user_id=cls.seller.id)
        cls.item = cls.contract.item_ids

    @classmethod
    def _equipment(cls, serial="SN-1", **values):
        return cls.env["recurring.equipment"].create(
            {
                "product_id": cls.boiler.id,
                "serial_number": serial,
                "partner_id": cls.partner.id,
                "site_id": cls.site.id,
                "warranty_start": date(2026, 1, 15),
                **values,
            }
        )

    @classmethod
    def _cover(cls, equipment, item=None, **values):
        item = item or cls.item
        return cls.env["recurring.coverage"].create({"equipment_id": equipment.id, "item_id": item.id, **values})


@tagged("post_install", "-at_install")
@freeze_time("2026-05-10")
class TestEquipment(EquipmentCommon):
    def test_f08_a_device_with_its_warranty(self):
        form = Form(self.env["recurring.equipment"].with_user(self.seller))
        form.product_id = self.boiler
        form.partner_id = self.partner
        form.serial_number = "SN-1"
        form.warranty_start = date(2026, 1, 15)
        equipment = form.save()
        self.assertEqual(equipment.display_name, "Boiler (SN-1)")
        self.assertEqual(equipment.warranty_end, date(2028, 1, 14))
        self.assertEqual(equipment.warranty_state, "valid")
        equipment.warranty_end = date(2026, 5, 9)
        self.assertEqual(equipment.warranty_state, "ended")
        equipment.warranty_end = False
        self.assertEqual(equipment.warranty_state, "none")
        with self.assertRaisesRegex(ValidationError, "ends before it starts"):
            equipment.warranty_end = date(2025, 1, 1)

    def test_f08_found_by_serial_number(self):
        equipment = self._equipment("XK-77-2041")
        self._cover(equipment)
        Equipment = self.env["recurring.equipment"].with_user(self.seller)
        self.assertEqual(Equipment.name_search("77-20")[0][0], equipment.id)
        found = self.env["recurring.contract"].search([("coverage_ids.equipment_id.serial_number", "ilike", "77-20")])
        self.assertEqual(found, self.contract)

    def test_f08_a_serial_number_is_one_device(self):
        self._equipment()
        self._equipment(product_id=self.support.id)
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.cr.savepoint():
            self._equipment()

    def test_f08_one_screen(self):
        equipment = self._equipment()
        past = self._create_contract([(self.service, 1, 10.0)], start=date(2025, 1, 1), user_id=self.seller.id)
        self._cover(equipment, past.item_ids, date_start=date(2025, 1, 1))
        past._end(date(2025, 12, 31))
        self._cover(equipment)
        seen = equipment.with_user(self.seller)
        self.assertEqual(
            dict(zip(seen.coverage_ids.contract_id, seen.coverage_ids.mapped("state"), strict=True)),
            {
                self.contract.with_user(self.seller): "current",
                past.with_user(self.seller): "past",
            },
        )
        self.assertEqual(seen.coverage_count, 1)
        self.assertEqual(seen.amount_due, 0.0)
        self.assertEqual(
            self.env["recurring.contract"].search(seen.action_view_contracts()["domain"]), self.contract | past
        )
        seen.activity_schedule("mail.mail_activity_data_todo", summary="Visit", user_id=self.seller.id)
        self.assertEqual(seen.activity_ids.summary, "Visit")

    def test_f08_covered_against_paid_for(self):
        for number in range(2):
            self._cover(self._equipment(f"SN-{number}"))
        self.assertEqual((self.item.covered_count, self.contract.equipment_count), (2, 2))
        self.assertTrue(self.item.is_coverage_exceeded)
        self.assertEqual(self.contract.coverage_warning, "Support covers 2 devices, 1 are paid for.")
        event = self.item._prepare_event_values("quantity", date(2026, 5, 1), quantity=1)
        self.contract._amend("change", date(2026, 5, 1), [event])
        self.env.invalidate_all()
        self.assertFalse(self.contract.coverage_warning)

    def test_f08_the_end_of_an_item_ends_its_coverage(self):
        equipment = self._equipment()
        coverage = self._cover(equipment)
        self.assertEqual((coverage.date_start, coverage.date_last), (date(2026, 5, 10), False))
        self.contract._end(date(2026, 5, 31))
        self.env.invalidate_all()
        self.assertEqual(coverage.date_last, date(2026, 5, 31))
        with freeze_time("2026-06-01"):
            self.env.invalidate_all()
            self.assertEqual(coverage.state, "past")
            self.assertFalse(equipment.is_covered)
            self.contract.action_undo()
            self.env.invalidate_all()
            self.assertTrue(equipment.is_covered)

    def test_f08_a_renewal_carries_coverage_on(self):
        plan = self._create_plan("A year", term_count=12, renewal_policy="order", renewal_merge="product")
        contracts = self.env["recurring.contract"]
        for number in range(2):
            contract = self._create_contract([(self.support, 1, 40.0)], plan=plan)
            self._cover(self._equipment(f"SN-{number}"), contract.item_ids)
            contracts |= contract
        ended = self._cover(self._equipment("SN-9"), contracts[0].item_ids, date_end=date(2026, 6, 30))
        order = contracts._create_renewal_orders([list(contracts)])
        order.action_confirm()
        new = order.recurring_contract_id
        self.env.invalidate_all()
        self.assertEqual(len(new.item_ids), 1)
        self.assertEqual(sorted(new.coverage_ids.equipment_id.mapped("serial_number")), ["SN-0", "SN-1"])
        self.assertEqual(set(new.coverage_ids.mapped("date_start")), {date(2027, 1, 1)})
        self.assertNotIn(ended.equipment_id, new.coverage_ids.equipment_id)
        self.assertEqual(
            sorted(contracts.coverage_ids.mapped("date_last")), [date(2026, 6, 30)] + [date(2026, 12, 31)] * 2
        )
        with freeze_time("2027-01-01"):
            self.env.invalidate_all()
            self.assertEqual((new.equipment_count, contracts[0].equipment_count), (2, 0))

    def test_f08_alignment_carries_coverage_on(self):
        plan = self._create_plan("A year", term_count=12, renewal_policy="order")
        contract = self._create_contract([(self.support, 1, 40.0)], plan=plan)
        equipment = self._equipment()
        self._cover(equipment, contract.item_ids)
        wizard = self.env["recurring.contract.align"].create(
            {"contract_ids": contract.ids, "date_end": date(2027, 6, 30), "document": "confirmed"}
        )
        wizard.action_confirm()
        self.assertEqual(contract.renewed_into_id.coverage_ids.equipment_id, equipment)

    def test_f08_filters(self):
        covered, bare, old = (
            self._equipment("SN-1"),
            self._equipment("SN-2", warranty_end=date(2026, 6, 1)),
            self._equipment("SN-3", warranty_end=date(2026, 1, 31)),
        )
        self._cover(covered)
        Equipment = self.env["recurring.equipment"].with_user(self.seller)
        self.assertEqual(Equipment.search([("is_covered", "=", True)]), covered)
        self.assertEqual(Equipment.search([("is_covered", "=", False)]), bare | old)
        self.assertEqual(Equipment.search([("is_covered", "!=", True)]), bare | old)
        soon = [("warranty_end", ">=", "2026-05-10"), ("warranty_end", "<=", "2026-06-09")]
        self.assertEqual(Equipment.search(soon), bare)

    def test_f08_bad_data_is_refused(self):
        stranger = self.env["res.partner"].create({"name": "Somebody else"})
        with self.assertRaisesRegex(ValidationError, "no address of"):
            self._equipment(site_id=stranger.id)
        theirs = self._equipment("SN-5", partner_id=stranger.id, site_id=False)
        with self.assertRaisesRegex(ValidationError, "belongs to Somebody else"):
            self._cover(theirs)
        mine = self._equipment("SN-2")
        self._cover(mine)
        with self.assertRaisesRegex(ValidationError, "belongs to Somebody else"):
            mine.write({"partner_id": stranger.id, "site_id": False})
        other = self._create_contract([(self.service, 1, 10.0)])
        with self.assertRaisesRegex(ValidationError, "is no item of"):
            self._cover(self._equipment("SN-3"), contract_id=other.id)
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.cr.savepoint():
            self._cover(mine)
        self.contract._end(date(2026, 5, 31))
        with self.assertRaisesRegex(ValidationError, "ends on 05/31/2026"):
            self._cover(self._equipment("SN-6"), date_start=date(2026, 6, 1))

    def test_f08_import(self):
        result = (
            self.env["recurring.equipment"]
            .with_user(self.seller)
            .load(
                ["name", "product_id", "serial_number", "partner_id/.id", "warranty_start"],
                [["Boiler 1", "Boiler", "IM-1", str(self.partner.id), "2026-02-01"]],
            )
        )
        self.assertFalse(result["messages"])
        self.assertEqual(self.env["recurring.equipment"].browse(result["ids"]).warranty_end, date(2028, 1, 31))
        covered = (
            self.env["recurring.coverage"]
            .with_user(self.seller)
            .load(
                ["equipment_id/.id", "item_id/.id", "date_start"],
                [[str(result["ids"][0]), str(self.item.id), "2026-02-01"]],
            )
        )
        self.assertFalse(covered["messages"])
        self.assertEqual(self.contract.coverage_ids.equipment_id.ids, result["ids"])
        self.assertTrue(self.env["recurring.equipment"].get_import_templates())

    def test_f08_from_the_contract(self):
        equipment = self._equipment()
        line = {"equipment_id": equipment.id, "item_id": self.item.id, "contract_id": self.contract.id}
        self.contract.with_user(self.seller).write({"coverage_ids": [Command.create(line)]})
        self.assertEqual(self.contract.coverage_ids.equipment_id, equipment)

    def test_f08_rights(self):
        equipment = self._equipment()
        coverage = self._cover(equipment)
        foreign = self._create_contract([(self.support, 1, 40.0)], user_id=self.env.ref("base.user_admin").id)
        hidden = self._cover(equipment, foreign.item_ids)
        self.env.invalidate_all()
        self.assertEqual(equipment.with_user(self.seller).coverage_ids.sudo(), coverage)
        self.env.invalidate_all()
        self.assertEqual(equipment.with_user(self.clerk).coverage_ids.sudo(), coverage | hidden)
        with self.assertRaises(AccessError):
            self.env["recurring.coverage"].with_user(self.seller).create(
                {"equipment_id": self._equipment("SN-7").id, "item_id": foreign.item_ids.id}
            )
        for record in (equipment, coverage):
            with self.assertRaises(AccessError):
                record.with_user(self.clerk).write({"company_id": self.env.company.id})
        company = self.env["res.company"].create({"name": "Other"})
        stranger = new_test_user(
            self.env,
            "equipment_stranger",
            groups="sales_team.group_sale_manager,account.group_account_invoice",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        self.assertFalse(self.env["recurring.equipment"].with_user(stranger).search([]))
        self.assertFalse(self.env["recurring.coverage"].with_user(stranger).search([]))


@tagged("post_install", "-at_install")
class TestEquipmentPortal(EquipmentCommon, HttpCase):
    def test_f08_the_customer_sees_what_is_covered(self):
        customer = new_test_user(self.env, "equipment_customer", groups="base.group_portal")
        other = new_test_user(self.env, "equipment_other", groups="base.group_portal")
        contract = self._create_contract([(self.support, 1, 40.0)], partner_id=customer.partner_id.id)
        mine = self._equipment("MINE-1", partner_id=customer.partner_id.id, site_id=False)
        self._cover(mine, contract.item_ids, date_start=date(2026, 1, 1))
        self.authenticate("equipment_customer", "equipment_customer")
        page = self.url_open(f"/my/contracts/{contract.id}")
        self.assertIn("MINE-1", page.text)
        self.assertEqual(self.env["recurring.equipment"].with_user(customer).search([]).sudo(), mine)
        self.assertFalse(self.env["recurring.equipment"].with_user(other).search([]))
        self.assertFalse(self.env["recurring.coverage"].with_user(other).search([]))
        with self.assertRaises(AccessError):
            mine.with_user(customer).write({"note": "free"})
