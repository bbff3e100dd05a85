"""Secrets that are recognized by their shape, such as `ghp_...`, without a mark.

The shapes are those of providers that issue secrets with a fixed prefix. Sources: the rules of gitleaks
(config/gitleaks.toml, v8.30, commit b58d3f1, 2026-07-22) and GitHub's list of supported secret scanning
patterns (docs.github.com/code-security, 2026-07), of which `dckr_` and `tskey-` are. Lengths are minimums
here, because a shape is used to hide a value, not to verify it. Hashes, digests, ARNs, public keys and
certificates have none of these shapes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

Span = tuple[int, int]
"""Start and end of a part of a text."""


_SHORTEST = 16
"""Characters. Shorter texts have no shape, except for the password of a URL."""
_AWS_KEY_ID = re.compile(r"\b(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b")
_AWS_KEYWORDS = ("AKIA", "ASIA", "ABIA", "ACCA", "A3T")
# It has no prefix, so it is only recognized near the ID of an access key; not 40 hexadecimal digits.
_AWS_SECRET_KEY = re.compile(r"(?<![A-Za-z0-9/+_-])(?![0-9a-f]{40})[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=_-])")
_NEAR = 1_000
"""Characters between the ID of an AWS access key and its secret key."""


def _shape(pattern: str, *keywords: str) -> list[tuple[str, re.Pattern[str]]]:
    """The pattern by each of its keywords; the secret is its group, or the complete match.

    A text without the keywords is not searched: `in` is much faster than a regular expression. If texts
    often contain the keyword, the pattern begins with it, and what is before it is checked afterwards: then
    the search for it is fast, too.
    """
    return [(keyword, re.compile(pattern)) for keyword in keywords]


_SHAPES: Final = (
    # A private key up to its end, or to the end of the text: a shortened key has no last line.
    _shape(
        r"-----BEGIN[ A-Z0-9]{0,60}PRIVATE KEY(?: BLOCK)?-----(?:[^-]|-(?!----))*"
        r"(?:-----END[ A-Z0-9]{0,60}PRIVATE KEY(?: BLOCK)?-----)?",
        "PRIVATE KEY",
    ),
    _shape(r"gh[opsur]_(?<!\wgh._)[0-9A-Za-z]{30,}", "gh"),
    _shape(r"\bgithub_pat_\w{22,}", "github_pat_"),
    _shape(r"gl(?<!\wgl)(?:pat|ptt|dt|rt|ft|cbt|agent|soat|ffct|oas|imt)-[\w-]{16,}", "gl"),
    _shape(r"\bGR1348941[\w-]{20,}", "GR1348941"),
    _shape(r"_gitlab_session=([0-9a-z]{32})", "_gitlab_session="),
    _shape(r"\b(?:xox[a-z](?:\.xox[bp])?|xapp)-[0-9A-Za-z-]{10,}", "xox", "xapp-"),
    _shape(r"hooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers)/([\w+/-]{10,})", "hooks.slack"),
    _shape(r"discord(?:app)?\.com/api/webhooks/(\d+/[\w-]{20,})", "/api/webhooks/"),
    _shape(r"\.webhook\.office\.com/webhookb2/([\w@/-]{20,})", ".webhook.office.com"),
    _shape(r"\b[sr]k_(?:live|test|prod)_[0-9A-Za-z]{10,}", "k_live_", "k_test_", "k_prod_"),
    _shape(r"\bwhsec_[A-Za-z0-9+/=]{20,}", "whsec_"),
    _shape(r"\bAIza[\w-]{30,}", "AIza"),
    _shape(r"\bGOCSPX-[\w-]{20,}", "GOCSPX-"),
    _shape(r"\bya29\.[\w-]{20,}", "ya29."),
    _shape(r"\bnpm_[A-Za-z0-9]{30,}", "npm_"),
    _shape(r"\bpypi-[\w-]{50,}", "pypi-"),
    _shape(r"eyJ(?<![\w.-]eyJ)[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]*", "eyJ"),
    _shape(r"\bpul-[0-9a-f]{32,}", "pul-"),
    # OpenAI's and Anthropic's contain upper case letters and digits, names such as `sk-learn-...` do not.
    _shape(r"sk-(?<![\w-]sk-)(?=[\w-]*[A-Z])(?=[\w-]*\d)[\w-]{20,}", "sk-"),
    _shape(r"\bhf_[A-Za-z]{30,}", "hf_"),
    _shape(r"\bSG\.[\w-]{20,}\.[\w-]{20,}", "SG."),
    _shape(r"\bhvs\.[\w-]{20,}", "hvs."),
    _shape(r"\bhvb\.[\w-]{40,}", "hvb."),
    # Vault before 1.10. Names such as `s.internalServiceOfTheCluster` contain no digit.
    _shape(
        r"s\.(?<![\w./-]s\.)(?=[A-Za-z]*\d)(?=[a-z0-9]*[A-Z])(?=[A-Z0-9]*[a-z])[A-Za-z0-9]{24}(?![\w./-])",
        "s.",
    ),
    _shape(r"\b[A-Za-z0-9]{14}\.atlasv1\.[\w=-]{50,}", ".atlasv1."),
    _shape(r"\bdo[opr]_v1_[0-9a-f]{40,}", "_v1_"),
    _shape(r"\bshp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}", "shp"),
    _shape(r"\bdapi[0-9a-f]{32}", "dapi"),
    _shape(r"\bglsa_[A-Za-z0-9]{32}_[0-9A-Fa-f]{8}", "glsa_"),
    _shape(r"\bglc_[A-Za-z0-9+/]{32,}={0,3}", "glc_"),
    _shape(r"\beyJrIjoi[A-Za-z0-9]{70,}={0,3}", "eyJrIjoi"),
    _shape(r"\bABSK[A-Za-z0-9+/]{100,}={0,2}", "ABSK"),
    _shape(r"\bbedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29t[\w+/=.-]*", "bedrock-api-key-"),
    _shape(r"(?<![\w~.-])[A-Za-z0-9_~.]{3}\dQ~[A-Za-z0-9_~.-]{31,}", "Q~"),
    _shape(r"\bAccountKey=([A-Za-z0-9+/]{40,}={0,2})", "AccountKey="),
    _shape(r"\b(?:cmVmd[A-Za-z0-9]{59}|AKCp[A-Za-z0-9]{69})\b", "cmVmd", "AKCp"),
    _shape(r"fo1_(?<!\wfo1_)[\w-]{43,}", "fo1_"),
    _shape(r"fm(?<!\wfm)(?:1[ar]|2)_[A-Za-z0-9+/]{100,}={0,3}", "fm"),
    _shape(r"\bsntryu_[0-9a-f]{64}", "sntryu_"),
    _shape(r"\bsntrys_eyJ[\w+/=]{50,}", "sntrys_eyJ"),
    # Text in base64 can contain the first one.
    _shape(r"(?<![\w+/-])(?:EAAA[\w-]{60}(?![\w-])|sq0atp-[\w-]{22,})", "EAAA", "sq0atp-"),
    _shape(r"pat\.(?<!\wpat\.)[\w-]{22}\.[A-Za-z0-9]{24}\.[A-Za-z0-9]{20}", "pat."),
    _shape(r"sat\.(?<!\wsat\.)[\w-]{22}\.[A-Za-z0-9]{24}\.[A-Za-z0-9]{20}", "sat."),
    _shape(r"\bsgp_(?:(?:[0-9A-Fa-f]{16}|local)_)?[0-9A-Fa-f]{40}", "sgp_"),
    _shape(r"\bA3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})(?:-[A-Z0-9]{5}){3}\b", "A3-"),
    _shape(r"\brubygems_[0-9a-f]{48}", "rubygems_"),
    _shape(r"\bpnu_[A-Za-z0-9]{36}", "pnu_"),
    _shape(r"\bpplx-[A-Za-z0-9]{48}", "pplx-"),
    _shape(r"\bATATT3[\w=-]{50,}", "ATATT3"),
    _shape(r"\bNRAK-[A-Za-z0-9]{27}", "NRAK-"),
    _shape(r"\bNRII-[\w-]{32}", "NRII-"),
    _shape(r"\bdckr_[po]at_[\w-]{27,}", "dckr_pat_", "dckr_oat_"),
    _shape(r"\btskey-[a-z]+-[A-Za-z0-9]+(?:-[A-Za-z0-9]+)?", "tskey-"),
    _shape(r"\bdp\.pt\.[A-Za-z0-9]{43}", "dp.pt."),
    _shape(r"\bdt0c01\.[A-Za-z0-9]{24}\.[A-Za-z0-9]{64}", "dt0c01."),
    _shape(r"\bHRKU-AA[\w-]{58}", "HRKU-AA"),
    _shape(r"\bsha256~[\w-]{43}(?![\w-])", "sha256~"),  # OpenShift; a digest has a colon
    _shape(r"\bpscale_(?:tkn|oauth|pw)_[\w=.-]{32,}", "pscale_"),
    _shape(r"\bAGE-SECRET-KEY-1[0-9A-Z]{50,}", "AGE-SECRET-KEY-"),
    _shape(r"\bops_eyJ[\w+/=-]{50,}", "ops_eyJ"),
    # The password of a URL, up to its last `@`; of a login without a scheme, as in Go's DSN for MySQL.
    _shape(r"://[^\s/:@]*:(?!\$|\[)([^\s/]+)@", "://"),
    _shape(r"(?<![^\s\"'=])[\w.-]+:(?!\$|\[)([^\s/@]+)@(?:tcp|unix)\(", "@tcp(", "@unix("),
)
_PATTERNS: Final = tuple(pair for shape in _SHAPES for pair in shape)


def shaped_secrets(text: str) -> Iterator[Span]:
    """Find the parts of a text that have the shape of a secret. They can overlap."""
    if len(text) < _SHORTEST and "://" not in text:
        return
    done: re.Pattern[str] | None = None
    for keyword, pattern in _PATTERNS:
        if keyword in text and pattern is not done:
            done = pattern
            for found in pattern.finditer(text):
                yield found.span(pattern.groups)
    if any(keyword in text for keyword in _AWS_KEYWORDS):
        for found in _AWS_KEY_ID.finditer(text):
            yield found.span()
            start, end = found.span()
            near = max(0, start - _NEAR), min(len(text), end + _NEAR)
            yield from (key.span() for key in _AWS_SECRET_KEY.finditer(text, *near))


def is_aws_key_id(text: str) -> bool:
    """Whether a text contains the ID of an AWS access key, whose secret key is usually next to it."""
    return any(keyword in text for keyword in _AWS_KEYWORDS) and _AWS_KEY_ID.search(text) is not None


def is_aws_secret_key(text: str) -> bool:
    """Whether a text can be the secret key of an AWS access key. A digest in base64 can be one, too."""
    return _AWS_SECRET_KEY.fullmatch(text.strip()) is not None
