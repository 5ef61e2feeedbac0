"""iso-container and python-stdnum in a process of its own: reads a JSON list of numbers from each line, answers for each whether
iso-container takes it as a container, whether python-stdnum does, and whether the check digit that python-stdnum computes for GS1's numbers
is that of an SSCC."""

import json
import sys

from iso_container import validate_container
from stdnum import ean, iso6346


def sscc(number):
    digits = number[2:] if len(number) == 20 and number.startswith("00") else number
    return len(digits) == 18 and digits.isdigit() and ean.calc_check_digit(digits[:-1]) == digits[-1]


for line in sys.stdin:
    print(json.dumps([[validate_container(one), iso6346.is_valid(one), sscc(one)] for one in json.loads(line)]), flush=True)
