"""What customer and company owe each other under one contract, in the contract's currency and in the company's.

What was billed before it is earned is a contract liability; what was earned before it is billed is
a contract asset; a contract shows one of them, net (IFRS 15.105 to 15.107). In a foreign currency
the liability is not monetary: each invoice is a layer that keeps its own rate, and the oldest layer
is earned first (IAS 21.21, IFRIC 22). The asset is monetary, and stands at the closing rate
(IAS 21.23). What this changes is an exchange difference.
"""

from collections import deque
from decimal import Decimal

from odoo.addons.recurring_contracts.domain.money import ZERO, round_half_up


class ContractBalance:
    """The balance of one contract, built up by invoices and recognised revenue in order of time."""

    def __init__(self, rounding):
        """Start with nothing.

        :param Decimal rounding: the smallest unit of the company's currency
        """
        self.rounding = rounding
        self.layers = deque()
        self.used = []
        self.asset = ZERO
        self.billed = self.recognised = ZERO

    @property
    def liability(self):
        """What is billed and not earned, in the contract's currency."""
        return sum((currency for currency, _company in self.layers), ZERO)

    @property
    def net(self):
        """The liability less the asset, in the contract's currency."""
        return self.liability - self.asset

    def bill(self, currency, company):
        """Add an invoice, or with amounts below zero a credit note.

        An invoice settles the asset first. A credit note takes from the latest layers, and what
        they do not hold becomes an asset.

        :param Decimal currency: the amount in the contract's currency
        :param Decimal company: the same in the company's, at the invoice's rate
        """
        self.billed += company
        if currency < 0:
            self._credit(-currency)
            return
        settled = min(currency, self.asset)
        self.asset -= settled
        left = currency - settled
        if left:
            self.layers.append((left, self._part(company, left, currency)))

    def recognise(self, currency, rate):
        """Recognise revenue, or take back some with an amount below zero.

        The oldest layers are earned first, each at its own rate; what is not billed yet at ``rate``.
        Taking back undoes that: the asset first, then the layers that were earned last.

        :param Decimal currency: the amount in the contract's currency
        :param Decimal rate: units of the company's currency for one of the contract's, on that day
        :return: the revenue in the company's currency, rounded
        :rtype: Decimal
        """
        company = self._take_back(-currency, rate) if currency < 0 else self._earn(currency, rate)
        self.recognised += company
        return company

    def book(self, currency, company):
        """Add what was recognised before, at the value at which it is in the ledger.

        :param Decimal currency: the amount in the contract's currency
        :param Decimal company: the same in the company's
        """
        recognised = self.recognised
        self.recognise(currency, company / currency if currency else ZERO)
        self.recognised = recognised + company

    def carrying(self, rate):
        """Return what the balance is worth in the company's currency; below zero for an asset.

        :param Decimal rate: the closing rate: units of the company's currency for one
        :rtype: Decimal
        """
        liability = sum((company for _currency, company in self.layers), ZERO)
        return liability - round_half_up(self.asset * rate, self.rounding)

    def exchange(self, rate):
        """Return the exchange difference so far: a gain above zero, a loss below.

        :param Decimal rate: the closing rate
        :rtype: Decimal
        """
        return self.billed - self.recognised - self.carrying(rate)

    def _earn(self, currency, rate):
        company = ZERO
        while currency and self.layers:
            held, worth = self.layers.popleft()
            taken = min(currency, held)
            part = self._part(worth, taken, held)
            if taken < held:
                self.layers.appendleft((held - taken, worth - part))
            self.used.append((taken, part))
            company += part
            currency -= taken
        self.asset += currency
        return company + round_half_up(currency * rate, self.rounding)

    def _take_back(self, currency, rate):
        unbilled = min(currency, self.asset)
        self.asset -= unbilled
        company = round_half_up(unbilled * rate, self.rounding)
        currency -= unbilled
        while currency:
            held, worth = self.used.pop() if self.used else (currency, round_half_up(currency * rate, self.rounding))
            taken = min(currency, held)
            part = self._part(worth, taken, held)
            if taken < held:
                self.used.append((held - taken, worth - part))
            self.layers.appendleft((taken, part))
            company += part
            currency -= taken
        return -company

    def _credit(self, currency):
        while currency and self.layers:
            held, worth = self.layers.pop()
            taken = min(currency, held)
            if taken < held:
                self.layers.append((held - taken, worth - self._part(worth, taken, held)))
            currency -= taken
        self.asset += currency

    def _part(self, amount, part, whole):
        """Return what ``part`` of ``whole`` is of an amount, rounded; all of it for the whole."""
        return amount if part == whole else round_half_up(amount * part / Decimal(whole), self.rounding)
