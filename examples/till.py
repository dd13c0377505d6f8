"""A till that asks before it charges: python till.py run/decide.sock anna 1250"""

import sys

from pos_guard import DecisionClient

path, operator, amount = sys.argv[1], sys.argv[2], int(sys.argv[3])
with DecisionClient(path) as guard:
    guard.context(operator=operator, order={"id": "A17", "total": 1250, "currency": "EUR"})
    verdict = guard.ask("sale", "card", amount, currency="EUR", payee="52001233")
    if not verdict["allowed"]:
        sys.exit(f"refused: {verdict['say']['en']}")
    print(f"terminal: charge {amount}")  # here your program talks to its terminal
    guard.result(verdict["decision"], "approved", amount=amount, currency="EUR", receipt="0007")
    print(f"sold: {verdict['sale_id']}")
