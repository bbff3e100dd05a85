"""Secrets with the prefix of a provider are hidden, wherever they are in a text.

The samples are built here from parts, so that no file contains a text that looks like a secret.
"""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest

from platform_components.base.redaction import Redactor
from tests.growth import LINEAR, growth

HEXADECIMAL = "0123456789abcdef"
MIXED = "Kj4hT9sLmQ2xVb7RaBcD1eFgH3iJ"
UPPER = "KJ4HT9SLMQ2XVB7R"


def of(characters: str, length: int) -> str:
    """That many of these characters."""
    return (characters * length)[:length]


def harness(kind: str) -> str:
    return ".".join((kind, of(MIXED, 22), of(MIXED, 24), of(MIXED, 20)))


BEDROCK = base64.b64encode(b"bedrock.amazonaws.com/?Action=CallWithBearerToken").decode()

# The names are those of the rules of gitleaks 8.30; the last two are from GitHub's list.
SAMPLES = {
    "aws-amazon-bedrock-api-key-long-lived": "ABSK" + of(MIXED, 128),
    "aws-amazon-bedrock-api-key-short-lived": "bedrock-api-key-" + BEDROCK,
    "artifactory-api-key": "AKCp" + of(MIXED, 69),
    "artifactory-reference-token": "cmVmd" + of(MIXED, 59),
    "atlassian-api-token": "ATATT3" + of(MIXED, 186),
    "azure-ad-client-secret": of(MIXED, 3) + "8Q~" + of(MIXED, 34),
    "doppler-api-token": "dp.pt." + of(MIXED, 43),
    "dynatrace-api-token": f"dt0c01.{of(MIXED, 24)}.{of(MIXED, 64)}",
    "flyio-access-token": "fo1_" + of(MIXED, 43),
    "flyio-access-token fm1": "fm1r_" + of(MIXED, 120),
    "flyio-access-token fm2": "fm2_" + of(MIXED, 120),
    "gitlab-feature-flag-client-token": "glffct-" + of(MIXED, 20),
    "gitlab-incoming-mail-token": "glimt-" + of(MIXED, 25),
    "gitlab-oauth-app-secret": "gloas-" + of(MIXED, 64),
    "gitlab-pat": "glpat-" + of(MIXED, 20),
    "gitlab-rrt": "GR1348941" + of(MIXED, 20),
    "gitlab-scim-token": "glsoat-" + of(MIXED, 20),
    "github-pat": "ghp_" + of(MIXED, 36),
    "grafana-api-key": "eyJrIjoi" + of(MIXED, 80),
    "grafana-cloud-api-token": "glc_" + of(MIXED, 60),
    "harness-api-key pat": harness("pat"),
    "harness-api-key sat": harness("sat"),
    "heroku-api-key-v2": "HRKU-AA" + of(MIXED, 58),
    "new-relic-insert-key": "NRII-" + of(MIXED, 32),
    "new-relic-user-api-key": "NRAK-" + of(UPPER, 27),
    "openshift-user-token": "sha256~" + of(MIXED, 43),
    "perplexity-api-key": "pplx-" + of(MIXED, 48),
    "planetscale-api-token": "pscale_tkn_" + of(MIXED, 43),
    "prefect-api-token": "pnu_" + of(MIXED, 36),
    "rubygems-api-token": "rubygems_" + of(HEXADECIMAL, 48),
    "sentry-org-token": f"sntrys_eyJpYXQiO{of(MIXED, 60)}=_{of(MIXED, 43)}",
    "sentry-user-token": "sntryu_" + of(HEXADECIMAL, 64),
    "sourcegraph-access-token": f"sgp_{of(HEXADECIMAL, 16)}_{of(HEXADECIMAL, 40)}",
    "sourcegraph-access-token local": f"sgp_local_{of(HEXADECIMAL, 40)}",
    "square-access-token": "EAAA" + of(MIXED, 60),
    "square-access-token sq0": "sq0atp-" + of(MIXED, 22),
    "vault-batch-token": "hvb." + of(MIXED, 140),
    "vault-service-token": "s." + of(MIXED, 24),
    "1password-secret-key": "-".join(("A3", of(UPPER, 6), of(UPPER, 6), *(of(UPPER, 5) for _ in range(4)))),
    "docker": "dckr_pat_" + of(MIXED, 27),
    "tailscale": f"tskey-auth-{of(MIXED, 12)}-{of(MIXED, 32)}",
}


@pytest.mark.parametrize("rule", SAMPLES)
@pytest.mark.parametrize("text", ["{}", "use {} here", '{{"note": "{}"}}', "NOTE={}", "a\n{}\nb"])
def test_a_secret_of_a_provider_is_hidden(rule: str, text: str) -> None:
    """All of it, and nothing else."""
    assert Redactor()(text.format(SAMPLES[rule])) == text.format("[secret]")


@pytest.mark.parametrize("name", ["AccountKey", "SharedAccessKey"])
def test_the_key_of_a_connection_string_is_hidden(name: str) -> None:
    """The remainder of the string stays visible."""
    key = of(MIXED, 86) + "=="
    text = f"DefaultEndpointsProtocol=https;AccountName=shop;{name}={{}};EndpointSuffix=core.windows.net"
    assert Redactor()(text.format(key)) == text.format("[secret]")


def test_the_cookie_of_a_session_is_hidden() -> None:
    """Its name is not."""
    assert Redactor()(f"_gitlab_session={of(HEXADECIMAL, 32)}; a=b") == "_gitlab_session=[secret]; a=b"


HARMLESS = {
    "a word before the prefix": "x" + SAMPLES["vault-service-token"],
    "a file": "settings." + of("abcdef", 24),
    "a function": "s.internalServiceOfTheShop.run()",
    "letters only": "s.internalServiceOfTheCloud",
    "lower case": "s." + of(HEXADECIMAL, 24),
    "a digest": "sha256:" + of(HEXADECIMAL, 64),
    "a part of base64": "MIIB+EAAA" + of(MIXED, 60),
    "a longer word": "EAAA" + of(MIXED, 90),
    "too short": "glpat-form pplx-small tskey- fm2_radio pat.tern sat.urday",
    "part of a word": "bugl" + SAMPLES["gitlab-pat"],
    "names": "glacier-archive-of-the-orders global-secondary-index-1 ghost_0123456789012345678901234567890",
    "serial number": "A3-ABCDEF-123",
}


@pytest.mark.parametrize("case", HARMLESS)
def test_what_resembles_a_secret_of_a_provider_is_shown(case: str) -> None:
    """A prefix is not sufficient."""
    assert Redactor()(HARMLESS[case]) == HARMLESS[case]


def test_prefixes_do_not_slow_down_the_search() -> None:
    """A text that consists of the prefixes takes time in proportion to its length."""
    prefixes = " ".join(f"{sample[:9]} {sample[:-1]}." for sample in SAMPLES.values())

    def prepared(size: int) -> Callable[[], object]:
        text = prefixes * size
        return lambda: Redactor()(text)

    assert growth(prepared, 4) < LINEAR
