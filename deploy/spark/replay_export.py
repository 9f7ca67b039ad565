#!/usr/bin/env python3
"""Replays a FHIR Bulk Data export on Spark.

The lines of the export are grouped by patient, those of each group of patients go through one `tocilizumab-cds replay -`,
and Spark writes what that says. Nothing is decided here: the program finds the orders and judges them.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading

from pyspark import SparkFiles
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

# The members that say what a resource is and whose it is. Everything else stays text.
HEAD = """
    resourceType string, id string, status string,
    subject struct<reference: string>, patient struct<reference: string>,
    medicationReference struct<reference: string>,
    ingredient array<struct<itemReference: struct<reference: string>>>
"""

ORDERS = ("MedicationRequest", "MedicationOrder")

# Where a line stands among those of its patient. Orders come first, because they are kept where a record is larger than
# allowed; a line that cannot be read stands inside, so that the program holds it against this patient and no other.
ORDER, BROKEN, OTHER, MEDICATION = range(4)

RESULT, STATISTICS, REJECT = "result", "statistics", "reject"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("export", nargs="+", help="folders or files of the export, in any store that Spark reads")
    parser.add_argument("--output", required=True, help="a folder that does not exist yet, in any store that Spark writes")
    parser.add_argument("--binary", required=True, help="the program tocilizumab-cds, as a file on the driver")
    parser.add_argument("--policy", help="a site's policy (TOML), as a file on the driver")
    parser.add_argument("--manifest", help="the manifest of the export, as a file on the driver")
    parser.add_argument("--assume-order", help="judge this one order (JSON) for every patient, as a file on the driver")
    parser.add_argument("--as-of", help="the moment to judge at, as of `replay`")
    parser.add_argument("--hook", default="order-sign", help="the hook that orders are judged at")
    parser.add_argument("--cards-only", action="store_true", help="only results with a card, without the criteria")
    parser.add_argument("--memory", type=int, default=256, help="the most that is kept of one patient, in MiB")
    parser.add_argument("--partitions", type=int, help="how many groups of patients; default: Spark's own setting")
    return parser.parse_args()


def last_part(reference):
    """The id that a reference ends in."""
    bare = F.split(reference, "/_history/").getItem(0)
    return F.regexp_extract(bare, r"([^/:]+)$", 1)


def owner(reference):
    """The id of the patient that a reference names; null for a group, a device, or a resource inside the line."""
    kind = F.regexp_extract(F.split(reference, "/_history/").getItem(0), r"([^/:]+)/[^/]+$", 1)
    other = reference.startswith("#") | ((kind != "") & (kind != "Patient") & ~reference.startswith("urn:"))
    return F.when(~other, last_part(reference))


def read(spark, paths):
    """The lines of the export with what they say of themselves."""
    lines = (
        spark.read.option("recursiveFileLookup", "true")
        .text(list(paths))
        .select(F.regexp_replace("value", "^\ufeff", "").alias("value"))
        .where(F.trim("value") != "")
    )
    head = F.from_json("value", HEAD)
    lines = lines.select("value", head.alias("head")).select("value", "head.*")
    # Blanks around a type mean nothing; `(?U)` counts those of Unicode among them.
    lines = lines.withColumn("resourceType", F.regexp_replace("resourceType", r"(?U)^\s+|\s+$", ""))
    # A reference in a list counts by its first item, as the program reads it.
    listed = F.get_json_object("value", "$.subject[0].reference")
    named = owner(F.coalesce("subject.reference", "patient.reference", listed))
    # What cannot be read may still show whose it was.
    guessed = F.regexp_extract("value", r"Patient/([A-Za-z0-9.\-]+)", 1)
    patient = (
        F.when(F.col("resourceType").isNull(), F.when(guessed != "", guessed))
        .when(F.col("resourceType") == "Patient", F.col("id"))
        .otherwise(named)
    )
    rank = (
        F.when(F.col("resourceType").isNull(), BROKEN)
        .when(F.col("resourceType").isin(*ORDERS), ORDER)
        .otherwise(OTHER)
    )
    return lines.select(
        "value",
        F.col("resourceType").alias("kind"),
        "id",
        F.when(patient != "", patient).alias("patient"),
        rank.alias("rank"),
        last_part(F.col("medicationReference.reference")).alias("medication"),
        F.transform("ingredient", lambda of: last_part(of.itemReference.reference)).alias("parts"),
    )


def with_medications(lines, medications):
    """The lines of patients, and with them the Medications that they refer to and what those are made of."""
    wanted = lines.where(F.col("medication") != "").select("patient", F.col("medication").alias("id")).distinct()
    found = wanted.join(medications, "id")
    parts = found.select("patient", F.explode("parts").alias("id")).where(F.col("id") != "").distinct()
    parts = parts.join(wanted, ["patient", "id"], "left_anti").join(medications, "id")
    rows = found.unionByName(parts).select("patient", F.lit(MEDICATION).alias("rank"), "value")
    return lines.select("patient", "rank", "value").unionByName(rows)


def grouped(rows, partitions):
    """The lines of each patient side by side, and the patients in the order of their ids."""
    rows = rows.repartition(partitions, "patient") if partitions else rows.repartition("patient")
    return rows.sortWithinPartitions("patient", "rank").select("patient", "rank", "value")


def through_the_program(command, files):
    """What maps the lines of one partition to what the program says of them.

    Spark keeps the output of a partition only when all of it was made, so that a partition which is tried again leaves
    nothing twice.
    """

    def run(rows):
        rows = iter(rows)
        row = next(rows, None)
        counts = {}
        # What is nobody's stands before all patients.
        while row is not None and row.patient is None:
            why = reason(row.value)
            counts[why] = counts.get(why, 0) + 1
            yield REJECT, json.dumps({"reason": why, "line": row.value})
            row = next(rows, None)
        if counts:
            yield STATISTICS, json.dumps({"counts": {"unreadable": counts}})
        if row is None:
            return
        folder = tempfile.mkdtemp(prefix="replay-")
        process = None
        try:
            errors = os.path.join(folder, "errors")
            numbers = os.path.join(folder, "statistics.json")
            local = [SparkFiles.get(part[1:]) if part.startswith("@") else part for part in command]
            local += ["--statistics", numbers] + [SparkFiles.get(name) for name in files]
            with open(errors, "wb") as told:
                process = subprocess.Popen(local, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=told)
            failed = []
            first = row

            def feed():
                try:
                    with process.stdin as to:
                        to.write(first.value.encode("utf-8") + b"\n")
                        for row in rows:
                            to.write(row.value.encode("utf-8") + b"\n")
                except BrokenPipeError:
                    pass  # The status of the program says why.
                except BaseException as error:  # It must reach the thread that Spark watches.
                    failed.append(error)
                    process.kill()

            feeder = threading.Thread(target=feed, daemon=True)
            feeder.start()
            for line in process.stdout:
                yield RESULT, line.decode("utf-8").rstrip("\n")
            feeder.join()
            if failed:
                raise failed[0]
            status = process.wait()
            # 1 says that a line could not be read, which the statistics count.
            if status not in (0, 1):
                with open(errors, encoding="utf-8", errors="replace") as told:
                    raise RuntimeError(f"{local[0]} ended with status {status}: {told.read()[-2000:]}")
            with open(numbers, encoding="utf-8") as file:
                yield STATISTICS, json.dumps(json.load(file))
        finally:
            if process is not None and process.poll() is None:
                process.kill()
                process.wait()
            shutil.rmtree(folder, ignore_errors=True)

    return run


def reason(line):
    """Why a line is nobody's, in the words of the program."""
    try:
        value = json.loads(line)
    except ValueError:
        return "not-json"
    return "no-type" if isinstance(value, dict) else "not-an-object"


def ordered(lines, medications, command, partitions):
    """The ids of the patients with an order for a drug of the library: the program reads the orders alone."""
    orders = with_medications(lines.where(F.col("kind").isin(*ORDERS) & F.col("patient").isNotNull()), medications)
    source = re.compile(r'^\{"source":"Patient/([^"]*)"')

    def patients(rows):
        for kind, line in through_the_program(command, [])(rows):
            found = source.match(line) if kind == RESULT else None
            if found:
                yield (found.group(1),)

    rows = grouped(orders, partitions).rdd.mapPartitions(patients)
    return rows.toDF("patient string").distinct()


def main():
    asked = arguments()
    spark = SparkSession.builder.appName("tocilizumab-cds replay").getOrCreate()
    context = spark.sparkContext

    def shipped(path):
        context.addFile(os.path.abspath(path))
        return "@" + os.path.basename(path)

    command = [shipped(asked.binary), "replay", "-", "--format", "ndjson", "--hook", asked.hook]
    command += ["--memory", str(asked.memory)]
    command += ["--policy", shipped(asked.policy)] if asked.policy else []
    command += ["--as-of", asked.as_of] if asked.as_of else []
    lines = read(spark, asked.export)
    medications = lines.where((F.col("kind") == "Medication") & F.col("id").isNotNull()).select("id", "value", "parts")
    if asked.assume_order:
        command += ["--assume-order", shipped(asked.assume_order)]
        patients = lines.where(F.col("kind") == "Patient").select("patient").distinct()
    else:
        # Here each order counts, with a card or without.
        patients = ordered(lines, medications, list(command), asked.partitions).cache()
    command += ["--cards-only"] if asked.cards_only else []
    files = [shipped(asked.manifest)[1:]] if asked.manifest else []
    theirs = lines.where(F.col("kind").isNull() | (F.col("kind") != "Medication"))
    theirs = theirs.join(patients, "patient", "left_semi")
    nobodys = lines.where(F.col("kind").isNull() & F.col("patient").isNull()).select("patient", "rank", "value")
    rows = with_medications(theirs, medications).unionByName(nobodys)
    judged = grouped(rows, asked.partitions).rdd.mapPartitions(through_the_program(command, files))
    judged.toDF("kind string, value string").write.partitionBy("kind").text(asked.output)
    merge(spark, asked)
    spark.stop()


def merge(spark, asked):
    """Adds up the statistics of the partitions, in the file `statistics.json` of the output."""
    hadoop = spark._jvm.org.apache.hadoop.fs.Path(asked.output + "/statistics.json")
    parts = spark.read.text(asked.output).where(F.col("kind") == STATISTICS).select("value").toLocalIterator()
    with tempfile.TemporaryDirectory() as folder:
        names = []
        for number, row in enumerate(parts):
            names.append(os.path.join(folder, f"{number}.json"))
            with open(names[-1], "w", encoding="utf-8") as file:
                file.write(row.value)
        if not names:
            print("No order for a drug of the library was found.", file=sys.stderr)
            return
        merged = subprocess.run([asked.binary, "replay", "merge", *names], check=True, stdout=subprocess.PIPE).stdout
    file = hadoop.getFileSystem(spark._jsc.hadoopConfiguration()).create(hadoop, True)
    try:
        file.write(bytearray(merged))
    finally:
        file.close()


if __name__ == "__main__":
    main()
