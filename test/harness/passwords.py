"""Passwords for tests: hashes that cost nothing."""

import base64
import hashlib


def hash_of(plain):
    salt = hashlib.sha256(b"salt of " + plain.encode()).digest()[:4]
    return "{SSHA256}" + base64.b64encode(hashlib.sha256(plain.encode() + salt).digest() + salt).decode()
