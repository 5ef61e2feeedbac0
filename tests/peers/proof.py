"""Checks signed receipts, exported audit logs and signed webhooks: a reader that knows nothing of the writer.

    python proof.py receipt FILE KEY          KEY as `guildhall receipts key` prints it; prints the signed JSON
    python proof.py audit FILE TENANT         FILE as `guildhall audit export` writes it, chain by chain; prints `ENTRIES HASH`
                                              of the tenant's
    python proof.py webhook SECRET ID TIME SIGNATURE < BODY
    python proof.py hub SECRET < BODY         prints the signature that Meta's services send with a webhook

Exit 0: it is as it should be; 1: it is not, and the last line says why; 2: used wrongly. Needs nothing but Python.

Ed25519 is RFC 8032, the envelope is DSSE 1.0, canonical JSON is RFC 8785 (as far as the log needs it: integers and text),
webhooks are Standard Webhooks 1.0.0.
"""

import base64
import hashlib
import hmac
import json
import sys
from pathlib import Path

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P


class Wrong(Exception):
    """Something is not as it should be; says what."""


def recover_x(y, sign):
    """The x of a point, from its y and the lowest bit of x."""
    if y >= P:
        raise Wrong("a point is out of range")
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P != 0:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P != 0 or (x == 0 and sign == 1):
        raise Wrong("a point is not on the curve")
    return x if x & 1 == sign else P - x


def point(data):
    """A point in extended coordinates from its 32 bytes."""
    number = int.from_bytes(data, "little")
    y = number & ((1 << 255) - 1)
    x = recover_x(y, number >> 255)
    return (x, y, 1, x * y % P)


def add(a, b):
    low, high = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    c, d = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = high - low, d - c, d + c, high + low
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def times(scalar, of):
    total = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            total = add(total, of)
        of = add(of, of)
        scalar >>= 1
    return total


def ed25519_holds(key, message, signature):
    if len(key) != 32 or len(signature) != 64:
        return False
    base_y = 4 * pow(5, -1, P) % P
    base = point(base_y.to_bytes(32, "little"))
    scalar = int.from_bytes(signature[32:], "little")
    if scalar >= ORDER:
        return False
    hashed = hashlib.sha512(signature[:32] + key + message).digest()
    left = times(scalar, base)
    challenge = int.from_bytes(hashed, "little") % ORDER
    right = add(point(signature[:32]), times(challenge, point(key)))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and (left[1] * right[2] - right[1] * left[2]) % P == 0


def receipt(file, key):
    if not key.startswith("ed25519:"):
        raise Wrong("the key is no Ed25519 key")
    raw = base64.b64decode(key.removeprefix("ed25519:"), validate=True)
    envelope = json.loads(Path(file).read_bytes())
    payload = base64.b64decode(envelope["payload"], validate=True)
    kind = envelope["payloadType"].encode()
    signed = b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)
    (one,) = envelope["signatures"]
    if not ed25519_holds(raw, signed, base64.b64decode(one["sig"], validate=True)):
        raise Wrong("the signature does not hold")
    print(payload.decode())


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def audit(file, tenant):
    heads = {}
    for line in Path(file).read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        claimed = entry.pop("hash")
        chain = entry["tenant"]
        first = "sha256:" + hashlib.sha256(b"guildhall audit 1\n" + chain.encode()).hexdigest()
        count, previous = heads.get(chain, (0, first))
        if entry["seq"] != count or entry["prev"] != previous:
            raise Wrong(f"entry {count} of the chain {chain} does not follow the one before")
        if "sha256:" + hashlib.sha256(canonical(entry)).hexdigest() != claimed:
            raise Wrong(f"entry {count} of the chain {chain} is not what its hash says")
        heads[chain] = (count + 1, claimed)
    print(*heads[tenant])


def webhook(secret, ident, time, signature):
    key = base64.b64decode(secret.removeprefix("whsec_")) if secret.startswith("whsec_") else secret.encode()
    message = b".".join([ident.encode(), time.encode(), sys.stdin.buffer.read()])
    expected = "v1," + base64.b64encode(hmac.new(key, message, hashlib.sha256).digest()).decode()
    if expected not in signature.split(" "):
        raise Wrong("the signature does not hold")


def hub(secret):
    print("sha256=" + hmac.new(secret.encode(), sys.stdin.buffer.read(), hashlib.sha256).hexdigest())


def main():
    commands = {"hub": (hub, 1), "receipt": (receipt, 2), "audit": (audit, 2), "webhook": (webhook, 4)}
    command, count = commands.get(sys.argv[1] if len(sys.argv) > 1 else "", (None, 0))
    if command is None or len(sys.argv) != count + 2:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        command(*sys.argv[2:])
    except (Wrong, ValueError, KeyError, TypeError) as problem:
        print(f"{type(problem).__name__}: {problem}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
