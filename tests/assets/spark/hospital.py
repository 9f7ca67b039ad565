"""Writes a small Bulk Data export out of the test patients: hospital.py FIXTURES PATIENTS FOLDER

The records are those of `fixtures/bundles`, again and again with other ids, scattered over files as servers do: several
files of a type, one of them packed, references that are relative, absolute or a urn:uuid, orders that refer to a
Medication of another file, copies, blanks around types, and lines that cannot be read.
"""

import gzip
import json
import os
import sys

BUNDLES = ["collection-draft", "first-order-and-renewal", "later-results", "searchset-active", "no-tocilizumab", "transaction-urn-uuid"]


def records(fixtures, number):
    """The resources of one patient."""
    path = os.path.join(fixtures, "bundles", BUNDLES[number % len(BUNDLES)] + ".json")
    with open(path, encoding="utf-8") as file:
        entries = [entry for entry in json.load(file)["entry"] if "resource" in entry]
    resources = [entry["resource"] for entry in entries]
    text = json.dumps(resources)
    for entry in entries:
        resource, url = entry["resource"], entry.get("fullUrl", "")
        kind = resource["resourceType"]
        own = resource.get("id") or url.rsplit(":", 1)[-1]
        text = text.replace(f'"{url}"', f'"{kind}/{own}"') if url.startswith("urn:uuid:") else text
        # Every second hospital number writes absolute references.
        base = "https://ehr.example.org/fhir/" if number % 2 else ""
        text = text.replace(f'"{kind}/{own}"', f'"{base}{kind}/{own}-{number}"')
    resources = json.loads(text)
    for entry, resource in zip(entries, resources):
        own = resource.get("id") or entry.get("fullUrl", "").rsplit(":", 1)[-1]
        resource["id"] = f"{own}-{number}"
    if number % 3 == 0:
        resources += [medication for order in resources if (medication := apart(order, number))]
    return resources


def apart(order, number):
    """Moves the medicine of an order into a Medication of its own."""
    if order["resourceType"] != "MedicationRequest" or "medicationCodeableConcept" not in order:
        return None
    own = f"medicine-{order['id']}"
    medication = {"resourceType": "Medication", "id": own, "code": order.pop("medicationCodeableConcept")}
    order["medicationReference"] = {"reference": f"Medication/{own}"}
    return medication


def main():
    fixtures, patients, folder = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    os.makedirs(folder)
    files = {}
    for number in range(patients):
        for position, resource in enumerate(records(fixtures, number)):
            kind = resource["resourceType"]
            part = f".{(number + position) % 3:03}" if kind == "Observation" else ""
            lines = files.setdefault(f"{kind}{part}.ndjson", [])
            # Every eleventh patient's types have blanks around them.
            if number % 11 == 0:
                resource["resourceType"] = f" {kind}\u2003"
            # Every seventh line comes twice.
            lines += [json.dumps(resource)] * (2 if (number + position) % 7 == 0 else 1)
    files["Observation.000.ndjson"].insert(1, '{"resourceType":')
    for name, lines in files.items():
        data = "".join(line + "\n" for line in lines).encode("utf-8")
        path = os.path.join(folder, name)
        if name == "Observation.001.ndjson":
            data, path = gzip.compress(data), path + ".gz"
        with open(path, "wb") as file:
            file.write(data)


main()
