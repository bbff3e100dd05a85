"""Planted secrets: programs that hold a secret in each shape, and other forms of it."""

# ruff: noqa: E501 - a plant a line

from __future__ import annotations

import base64
from dataclasses import dataclass
from urllib.parse import quote

WORD = "Tr0ub4dor&3/horse"
"""A secret whose quoted and encoded forms differ from it."""
KEY_LINES = ["MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj", "k2mNp4Qr7sTu=="]
PEM = "\n".join(["-----BEGIN PRIVATE KEY-----", *KEY_LINES, "-----END PRIVATE KEY-----", ""])
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
AWS_ID = "AKIAIOSFODNN7EXAMPLE"
AWS_KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


@dataclass(frozen=True)
class Plant:
    """A secret, and the code that holds it as `S`; `MARKED` is an Output of it."""

    secret: str
    code: str
    forms: tuple[str, ...] = ()
    """Other texts that must not appear, in addition to common encodings of the secret."""


def shape(secret: str) -> Plant:
    """A plain value with a telling shape, under a harmless name, in an input, an output and a line."""
    return Plant(
        secret,
        "sqs.Queue(NAME, tags={'Note': S, 'Text': f'use {S} here'})\npulumi.export(NAME, [S])\nprint('it is', S)",
    )


def printed(expression: str, *forms: str, secret: str = WORD) -> Plant:
    """A marked secret that is printed in another form inside `apply`."""
    return Plant(
        secret, f"ERROR = {expression}\ndef show(S):\n    print({expression})\nMARKED.apply(show)", forms
    )


PLANTS = {
    # By shape, under harmless names
    "AWS access key ID": shape(AWS_ID),
    "temporary AWS access key ID": shape("ASIAIOSFODNN7EXAMPLE"),
    "AWS secret key in one text with its ID": Plant(
        AWS_KEY, f"sqs.Queue(NAME, tags={{'Note': '{AWS_ID} ' + S}})\nprint('{AWS_ID}', S)"
    ),
    "AWS secret key in one mapping with its ID": Plant(
        AWS_KEY, f"sqs.Queue(NAME, tags={{'a': '{AWS_ID}', 'b': S}})\nprint(S)"
    ),
    "GitHub token": shape("ghp_016C7869b4a1d2e3F4567890abcdefABCDEF"),
    "GitHub fine-grained token": shape(
        "github_pat_11ABCDEFG0abcdefghijkl_mnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef0123"
    ),
    "GitHub OAuth token": shape("gho_016C7869b4a1d2e3F4567890abcdefABCDEF"),
    "GitLab token": shape("glpat-x4Jk29sLqPz0_vRt7YbN"),
    "Slack bot token": shape("xoxb-" + "123456789012-1234567890123-AbCdEfGhIjKlMnOpQrStUvWx"),
    "Slack user token": shape("xoxp-" + "123456789012-1234567890123-AbCdEfGhIjKlMnOpQrStUvWx"),
    "Slack webhook": Plant(
        "T00000000/B00000000/XyZXyZXyZXyZXyZXyZXyZXyZ",
        "url = 'https://hooks.slack.com/services/' + S\nsqs.Queue(NAME, tags={'Note': url})\nprint(url)",
    ),
    "Stripe key": shape("sk_" + "live_4eC39HqLyjWDarjtT1zdp7dc"),
    "Google API key": shape("AIzaSyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY"),
    "npm token": shape("npm_4kTq9ZxVb2LmNc7RsPd1WfGhJ3Yu8EaXo5Qi"),
    "Pulumi token": shape("pul-0123456789abcdef0123456789abcdef01234567"),
    "OpenAI key": shape("sk-proj-abcDEF123ghiJKL456mnoPQR789stuVWX"),
    "Anthropic key": shape("sk-ant-api03-AbCdEf1234567890_AbCdEf1234567890-AbCdEf1234567890AA"),
    "PEM private key": Plant(
        KEY_LINES[0],
        "sqs.Queue(NAME, tags={'Note': PEM})\npulumi.export(NAME, PEM)\nprint(PEM)",
        (KEY_LINES[1],),
    ),
    "indented PEM private key": Plant(
        KEY_LINES[0], "ERROR = PEM\nfor line in PEM.splitlines():\n    print('   ', line)", (KEY_LINES[1],)
    ),
    "JSON web token": shape(JWT),
    "password of a URL": Plant(
        "p4ss-w0rd-of-db",
        "sqs.Queue(NAME, tags={'Note': f'postgres://app:{S}@db.internal/orders'})\nprint(f'postgres://app:{S}@db.internal/orders')",
    ),
    "password of a URL with a special character": Plant(
        "p4ss@w0rd-of-db", "ERROR = f'redis://:{S}@cache.internal:6379'\nprint(ERROR)"
    ),
    "password of a Go DSN": Plant(
        "p4ss-w0rd-of-go", "ERROR = f'app:{S}@tcp(db.internal:3306)/orders'\nprint(ERROR)"
    ),
    "connection string": Plant(
        "p4ss-w0rd-of-net", "ERROR = f'Server=db;User Id=app;Password={S};'\nprint(ERROR)"
    ),
    # By name
    "environment variable": Plant(
        "env-0f-this-test", "print(os.environ['DB_PASSWORD'])\nprint(f'DB_PASSWORD={S}')"
    ),
    "environment variable that the program sets": Plant(
        "set-by-the-program", "os.environ['SMTP_PASSWORD'] = S\nprint(os.environ['SMTP_PASSWORD'])"
    ),
    "variable of a pod": Plant(
        "in-the-pod-1",
        "container = {'name': 'app', 'image': 'app:1', 'env': [{'name': 'DB_PASSWORD', 'value': S}]}\nkubernetes.core.v1.Pod(NAME, spec={'containers': [container]})\nprint(container)",
    ),
    "input of a component": Plant(
        "in-the-component-1",
        "class Shop(pulumi.ComponentResource):\n    def __init__(self):\n        super().__init__('my:index:Shop', NAME, {'password': S, 'nested': {'apiKey': S}})\nShop()\nprint(S)",
    ),
    "printed mapping": Plant(
        "in-a-mapping-1", "ERROR = {'apiKey': S}\nprint(ERROR)\nprint(json.dumps(json.dumps({'token': S})))"
    ),
    **{
        f"configuration value {name}": Plant(
            f"setting-of-{name}-1",
            f"S = pulumi.Config().require('{name}')\nprint(S)\nsqs.Queue(NAME, tags={{'Note': S}})\npulumi.export(NAME, S)",
        )
        for name in ("dsn", "connectionString", "webhook", "tlsKey", "pin", "bearer", "salt")
    },
    "configuration value databaseUrl": Plant(
        "setting-of-a-url",
        "S = pulumi.Config().require('databaseUrl')\nprint(S)\nprint(S.split(':')[2].split('@')[0])\nsqs.Queue(NAME, tags={'Note': S})",
    ),
    # In names
    "name of a resource": Plant(WORD, "MARKED.apply(lambda S: sqs.Queue(f'queue-{S}'))"),
    "name of a component with children": Plant(
        WORD,
        "class Shop(pulumi.ComponentResource):\n    def __init__(self, name):\n        super().__init__('my:index:Shop2', name)\n        sqs.Queue('child', opts=pulumi.ResourceOptions(parent=self))\nMARKED.apply(lambda S: Shop(S))",
    ),
    "name of a stack reference": Plant(
        "some-secret-stack", "MARKED.apply(lambda S: pulumi.StackReference(f'acme/shop/{S}'))"
    ),
    "key of a mapping": Plant(
        WORD,
        "pulumi.Output.secret(S)\nsqs.Queue(NAME, tags={S: 'a', S + '2': 'b'})\npulumi.export(NAME, {'inner': [{S: 1}]})",
    ),
    "name of an output": Plant(WORD, "pulumi.Output.secret(S)\npulumi.export('it ' + S, 1)"),
    # In another form
    "base64": printed(
        "base64.b64encode(S.encode()).decode()", base64.b64encode(WORD.encode()).decode().rstrip("=")
    ),
    **{
        f"base64 after {before} bytes": printed(
            f"base64.b64encode(b'{'u' * before}' + S.encode() + b'{after}').decode()",
            base64.b64encode(b"u" * before + WORD.encode()).decode()[8:20],
        )
        for before, after in ((1, "."), (2, ""), (3, "@host"))
    },
    "base64 for URLs": printed(
        "base64.urlsafe_b64encode(b'?>' + S.encode()).decode()",
        base64.urlsafe_b64encode(b"?>" + WORD.encode()).decode()[8:20],
    ),
    "basic authentication": printed(
        "'Authorization: Basic ' + base64.b64encode(f'user:{S}'.encode()).decode()",
        base64.b64encode(f"user:{WORD}".encode()).decode()[8:20],
    ),
    "URL": printed("quote(S), quote(S, safe=''), quote_plus(S)", quote(WORD), quote(WORD, safe="")),
    "JSON in JSON": printed("json.dumps(json.dumps({'it': S}))", 'a"\\\\\\\\b', secret='quoted a"\\b c'),
    "JSON without ASCII": printed(
        "json.dumps(S), json.dumps(S, ensure_ascii=False), repr(S), ascii(S)",
        "g\\u00e9",
        secret="Am\u00e9lie-g\u00e9nial",
    ),
    "repr": printed("repr(S), [S]", "a\\nb", secret="first a\nb second"),
    "repr of bytes": printed("S.encode()", "\\xc3\\xa9", secret="Am\u00e9lie-g\u00e9nial"),
    "HTML": printed("html.escape(S)", "&amp;3"),
    "hexadecimal": printed(
        "S.encode().hex(), S.encode().hex().upper()", WORD.encode().hex(), WORD.encode().hex().upper()
    ),
    "hexadecimal with separators": printed(
        "S.encode().hex(':'), S.encode().hex(' ').upper()",
        WORD.encode().hex(":"),
        WORD.encode().hex(" ").upper(),
    ),
    "base64 of UTF-16": printed(
        "base64.b64encode(S.encode('utf-16-le')).decode(), base64.b64encode(('a ' + S).encode('utf-16-le')).decode()",
        base64.b64encode(WORD.encode("utf-16-le")).decode().rstrip("="),
        base64.b64encode(("a " + WORD).encode("utf-16-le")).decode()[8:40],
    ),
    "hexadecimal UTF-16": printed("S.encode('utf-16-le').hex()", WORD.encode("utf-16-le").hex()),
    "URL in a URL": printed(
        "quote(quote(S, safe='')), quote(quote(S, safe=''), safe='')", quote(quote(WORD, safe=""))
    ),
    "JSON with escaped slashes": printed(
        "json.dumps(S).replace('/', chr(92) + '/')", WORD.replace("/", "\\/")
    ),
    "upper and lower case": printed("S.upper(), S.lower()", WORD.upper(), WORD.lower()),
    "digits in groups": printed("f'{int(S):,}'", "8,675,309", secret="8675309123"),
    "bytes": Plant(
        "bytes-of-a-secret",
        "marked = pulumi.Output.secret(S.encode())\nmarked.apply(lambda content: print(content, content.decode()))",
    ),
    "bytes that are not text": Plant(
        "\\xff\\xfe\\x80\\x81",
        "content = bytes([255, 254, 128, 129, 200])\npulumi.Output.secret(content)\nprint(content, content.hex())\nERROR = content",
        ("fffe8081",),
    ),
    "last line of a key": Plant(
        "k9Z=",
        "pulumi.Output.secret('-----BEGIN OWN KEY-----\\nAAAABBBBCCCCDDDDEEEE\\nk9Z=\\n-----END OWN KEY-----')\nERROR = 'AAAABBBBCCCCDDDDEEEE'\nprint('k9Z=')\nprint('AAAABBBBCCCCDDDDEEEE')",
        ("AAAABBBBCCCC",),
    ),
    "two lines": printed("S[:9] + '\\n' + S[9:]", WORD[:9], WORD[9:]),
    "many lines": printed("'\\n'.join(textwrap.wrap(S, 5))", WORD[:5], WORD[5:10]),
    "part of a secret in JSON": Plant(
        "inner-p4ssword",
        "pulumi.Output.secret(json.dumps({'user': 'app', 'password': S})).apply(lambda text: print(json.loads(text)['password']))",
    ),
    "shortened": Plant(
        "a-long-s3cret-that-does-not-fit-into-a-line-of-a-message-1",
        "pulumi.Output.secret(S)\nprint(S[:30] + '...' + S[-20:])\nprint(S[:30] + '…')\nERROR = S[:30] + '...'",
        ("a-long-s3cret", "a-message-1"),
    ),
}
