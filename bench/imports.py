"""How long a large CSV file takes to become contacts: the import, and one save per row as its baseline.

    python3 dev.py bench imports [--rows 100000] [--baseline 2000]

Runs on a PostgreSQL of its own, durable and set up as the product sets up its own. Ends with one line of JSON.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import time

from ._ground import own_servers

HEAD = "Customer ID,Email,First name,Last name,Phone,Country,City,Birthday,Interests,Budget"


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench imports", description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--baseline", type=int, default=2_000)
    asked = parser.parse_args()
    with own_servers():
        print(json.dumps(run(asked.rows, asked.baseline)), flush=True)


def run(rows: int, baseline: int) -> dict[str, object]:
    from contacts.models import Contact

    text = "\n".join([HEAD, *(row(number) for number in range(rows))])
    import_s = timed(lambda: import_file(text))
    assert Contact.objects.count() == rows, "the import left rows out"
    saves_s = timed(lambda: save_each(text, baseline)) / baseline * rows
    print(f"{rows:,} rows × {HEAD.count(',') + 1} columns")
    print(f"  the import                     {import_s:8.1f} s   {rows / import_s:10,.0f} rows/s")
    print(f"  one save a row, from {baseline:,}     {saves_s:8.1f} s   {rows / saves_s:10,.0f} rows/s (extrapolated)")
    return {
        "bench": "imports",
        "rows": rows,
        "import_s": round(import_s, 1),
        "saves_s": round(saves_s, 1),
        "ratio": round(saves_s / import_s, 1),
    }


def row(number: int) -> str:
    phone = f"+1617555{number % 10_000:04}"
    return f"c{number},person{number}@example.org,Ada,Lovelace,{phone},US,Rome,1990-12-10,maths; art,{number % 1000}.5"


def import_file(text: str) -> None:
    from django.core.files.base import ContentFile

    from contacts import importing
    from crmseg.common.actor import SYSTEM

    item = importing.receive(ContentFile(text.encode(), name="people.csv"), name="people.csv")
    importing.start(item.pk, actor=SYSTEM)
    importing.run(item.pk)


def save_each(text: str, most: int) -> None:
    """What a first attempt would do: read a row, find its contact, save it."""
    from contacts.models import Contact

    for number, cells in enumerate(csv.DictReader(io.StringIO(text))):
        if number == most:
            return
        known = {"first_name": cells["First name"], "last_name": cells["Last name"], "phone": cells["Phone"]}
        known |= {"country": cells["Country"], "city": cells["City"], "birth_date": cells["Birthday"]}
        known |= {"interests": cells["Interests"].split("; "), "budget": cells["Budget"]}
        Contact.objects.update_or_create(external_id=f"one-{cells['Customer ID']}", defaults=known)


def timed(work) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
