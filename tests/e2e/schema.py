# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds JSON answers against docs/vmmap.schema.json: the part of JSON Schema that it uses."""

import json
import os
import re

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../docs/vmmap.schema.json")
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int,
         "null": type(None)}
# What is for the reader, and says nothing of an answer.
COMMENTS = {"$schema", "$id", "$defs", "title", "description"}

with open(PATH, encoding="utf-8") as schema_file:
    SCHEMA = json.load(schema_file)


class Problem(Exception):
    """An answer is not as the schema says."""


def is_type(value, name):
    return isinstance(value, TYPES[name]) and not (name == "integer" and isinstance(value, bool))


def check_type(value, wanted, where, strict):
    names = [wanted] if isinstance(wanted, str) else wanted
    if not any(is_type(value, name) for name in names):
        raise Problem(f"{where} is {value!r:.100}, not of type {' or '.join(names)}")


def check_enum(value, wanted, where, strict):
    if value not in wanted:
        raise Problem(f"{where} is {value!r:.100}, not one of {wanted}")


def check_pattern(value, wanted, where, strict):
    if isinstance(value, str) and not re.search(wanted, value):
        raise Problem(f"{where} is {value!r:.100}, which does not match {wanted}")


def check_length(value, wanted, where, strict):
    if isinstance(value, str) and len(value) < wanted:
        raise Problem(f"{where} is {value!r:.100}, shorter than {wanted}")


def check_required(value, wanted, where, strict):
    missing = [key for key in wanted if key not in value] if isinstance(value, dict) else []
    if missing:
        raise Problem(f"{where} lacks {', '.join(missing)}")


def check_properties(value, wanted, where, strict):
    for key, item in value.items() if isinstance(value, dict) else ():
        if key in wanted:
            check(item, wanted[key], f"{where}.{key}", strict)
        elif strict:
            raise Problem(f"{where}.{key} is not in the schema")


def check_items(value, wanted, where, strict):
    for index, item in enumerate(value) if isinstance(value, list) else ():
        check(item, wanted, f"{where}[{index}]", strict)


def check_reference(value, wanted, where, strict):
    check(value, SCHEMA["$defs"][wanted[len("#/$defs/"):]], where, strict)


CHECKS = {"type": check_type, "enum": check_enum, "pattern": check_pattern,
          "minLength": check_length, "required": check_required, "properties": check_properties,
          "items": check_items, "$ref": check_reference}


def check(value, schema=SCHEMA, where="answer", strict=False):
    """Raises a Problem if a value is not as the schema says. `strict`: and has no other keys."""
    for keyword, wanted in schema.items():
        if keyword not in COMMENTS:
            CHECKS[keyword](value, wanted, where, strict)
