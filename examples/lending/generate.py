#!/usr/bin/env python3
"""Writes `applications.csv`: made-up applications for loans, the same each time.

The two groups differ in income, and one of them was approved less often for the same income, so that a model that
learns from these decisions learns their bias as well. `evaluate` in `pipeline.toml` shows it.
"""

import csv
import random

random.seed(20260101)
with open("applications.csv", "w", newline="") as file:
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(["id", "age", "income", "debt", "years_employed", "purpose", "group", "approved"])
    for number in range(1, 3001):
        group = random.choices(["a", "b"], [0.6, 0.4])[0]
        age = min(80, max(18, round(random.gauss(42, 12))))
        income = round(max(9, random.gauss(52 if group == "a" else 46, 15)), 1)
        debt = round(max(0, random.gauss(16, 9)), 1)
        years = max(0, min(age - 18, round(random.expovariate(1 / 7))))
        purpose = random.choice(["car", "home", "study", "other"])
        merit = 0.09 * (income - 48) - 0.12 * (debt - 16) + 0.11 * (years - 6) + {"home": 0.4, "car": 0.1}.get(purpose, 0)
        merit += -0.9 if group == "b" else 0.2
        approved = "yes" if random.gauss(merit, 1.2) > 0 else "no"
        cells = [number, age, income, debt, years, purpose, group, approved]
        # Some did not say.
        if random.random() < 0.03:
            cells[4] = ""
        if random.random() < 0.02:
            cells[5] = ""
        rows.writerow(cells)
