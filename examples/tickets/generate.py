#!/usr/bin/env python3
"""Writes `tickets.jsonl`: made-up messages to a help desk and the team that each is for, the same each time."""

import json
import random

random.seed(20260102)
OPENINGS = ["Hello,", "Hi team,", "Good morning.", "", "Dear support,", "Hey,"]
ENDINGS = ["Thanks!", "Please help.", "Regards, Kim", "", "Any idea?", "It is urgent."]
TEAMS = {
    "billing": [
        "my {month} invoice shows {amount} dollars too much",
        "the card payment of {amount} was taken twice in {month}",
        "we need a refund for the {month} subscription",
        "please send the receipt for {amount} dollars again",
        "why did the price of our plan rise to {amount} this {month}",
    ],
    "access": [
        "I cannot sign in since {month}, the password link never arrives",
        "the second factor code is refused on my {device}",
        "please reset the account on the {device} in the {place} office",
        "my new colleague in {place} needs a login for the {tool}",
        "the {tool} says that my session has expired on every {device}",
    ],
    "fault": [
        "the {tool} crashes when I open a report on the {device}",
        "since {month} the {tool} shows an empty page in {place}",
        "saving takes {amount} seconds and then fails on the {device}",
        "the export of the {tool} has an error in line {amount}",
        "the {device} in {place} freezes whenever the {tool} starts",
    ],
}
WORDS = {
    "month": ["January", "March", "June", "October", "December"],
    "amount": [str(number) for number in range(12, 400, 7)],
    "device": ["laptop", "phone", "tablet", "workstation"],
    "place": ["Oslo", "Lyon", "Graz", "Porto", "Leeds"],
    "tool": ["dashboard", "editor", "calendar", "planner", "archive"],
}

with open("tickets.jsonl", "w") as file:
    for number in range(900):
        team = random.choice(list(TEAMS))
        words = {name: random.choice(choices) for name, choices in WORDS.items()}
        text = random.choice(TEAMS[team]).format(**words)
        # Some messages are sent to the wrong team, as in every help desk.
        team = random.choice(list(TEAMS)) if random.random() < 0.03 else team
        message = " ".join(part for part in [random.choice(OPENINGS), text + ".", random.choice(ENDINGS)] if part)
        file.write(json.dumps({"number": number, "text": message, "team": team}) + "\n")
