from decimal import Decimal

from odoo.tests import BaseCase, tagged

from odoo.addons.recurring_contracts.tests.properties import given, st

from ..domain.contract_balance import ContractBalance

CENT = Decimal("0.01")
AMOUNTS = st.integers(1, 10**6).map(lambda cents: cents * CENT)
RATES = st.integers(1, 300).map(lambda percent: percent * CENT)


@tagged("post_install", "-at_install")
class TestContractBalance(BaseCase):
    def test_liability_is_released_oldest_layer_first(self):
        balance = ContractBalance(CENT)
        balance.bill(Decimal(100), Decimal(90))
        balance.bill(Decimal(100), Decimal(120))
        self.assertEqual(balance.recognise(Decimal(60), Decimal(5)), 54)
        self.assertEqual(balance.recognise(Decimal(60), Decimal(5)), 36 + 24)
        self.assertEqual(balance.carrying(Decimal(5)), 96)
        self.assertEqual(balance.exchange(Decimal(5)), 0)

    def test_asset_stands_at_the_closing_rate(self):
        balance = ContractBalance(CENT)
        self.assertEqual(balance.recognise(Decimal(100), Decimal("0.9")), 90)
        self.assertEqual(balance.carrying(Decimal("1.1")), -110)
        self.assertEqual(balance.exchange(Decimal("1.1")), 20)
        balance.bill(Decimal(150), Decimal(180))
        self.assertEqual((balance.asset, balance.liability), (0, 50))
        self.assertEqual(balance.carrying(Decimal(9)), 60)
        # 100 were recognised at 90 and billed at 120
        self.assertEqual(balance.exchange(Decimal(9)), 30)

    def test_credit_note_takes_the_latest_layer(self):
        balance = ContractBalance(CENT)
        balance.bill(Decimal(100), Decimal(90))
        balance.bill(Decimal(100), Decimal(120))
        balance.bill(Decimal(-100), Decimal(-120))
        self.assertEqual((balance.liability, balance.carrying(Decimal(1))), (100, 90))
        self.assertEqual(balance.exchange(Decimal(1)), 0)
        balance.bill(Decimal(-130), Decimal(-117))
        self.assertEqual(balance.net, -30)

    def test_taking_back_restores_the_layers(self):
        balance = ContractBalance(CENT)
        balance.bill(Decimal(100), Decimal(90))
        balance.recognise(Decimal(150), Decimal(2))
        self.assertEqual(balance.recognise(Decimal(-150), Decimal(2)), -190)
        self.assertEqual((balance.net, balance.carrying(Decimal(7))), (100, 90))

    @given(st.lists(st.tuples(st.sampled_from(("bill", "credit", "earn", "back")), AMOUNTS, RATES), max_size=20), RATES)
    def test_billed_is_recognised_plus_balance_plus_exchange(self, moves, closing):
        balance, expected = ContractBalance(CENT), Decimal(0)
        for kind, amount, rate in moves:
            if kind in ("bill", "credit"):
                signed = amount if kind == "bill" else -amount
                balance.bill(signed, (signed * rate).quantize(CENT))
                expected += signed
            else:
                signed = amount if kind == "earn" else -amount
                balance.recognise(signed, rate)
                expected -= signed
            self.assertEqual(balance.net, expected)
            self.assertFalse(balance.asset and balance.liability)
        difference = balance.billed - balance.recognised - balance.carrying(closing) - balance.exchange(closing)
        self.assertEqual(difference, 0)
