"""RDS certificates: each region has its current roots, and none is about to expire."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from platform_components.aws.rds_certificates import _by_region, rds_certificates
from platform_components.base import InvalidInput


def certificates(region: str) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(rds_certificates(region).encode())


@pytest.mark.parametrize("region", sorted(_by_region()))
def test_a_region_has_the_roots_of_all_its_certificate_authorities(region: str) -> None:
    """RDS signs server certificates with one of three: clients accept each, also after a change."""
    names = {
        str(certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)
        for certificate in certificates(region)
    }
    assert names == {f"Amazon RDS {region} Root CA {kind} G1" for kind in ("RSA2048", "RSA4096", "ECC384")}


@pytest.mark.parametrize("region", sorted(_by_region()))
def test_no_certificate_expires_within_a_year(region: str) -> None:
    """Clients would reject the servers: run scripts/generate_rds_certificates.py before."""
    soon = datetime.now(UTC) + timedelta(days=365)
    for certificate in certificates(region):
        assert certificate.not_valid_before_utc < datetime.now(UTC)
        assert certificate.not_valid_after_utc > soon
        assert certificate.issuer == certificate.subject


def test_a_bundle_has_the_certificates_of_its_region_only() -> None:
    """It is a few kilobytes: a ConfigMap has at most 1 MiB, and no other region's servers are trusted."""
    assert rds_certificates("eu-west-1").count("BEGIN CERTIFICATE") == 3
    assert len(rds_certificates("eu-west-1")) < 6000


@pytest.mark.parametrize("region", ["us-gov-west-1", "eu-west-9"])
def test_a_region_without_certificates_is_rejected(region: str) -> None:
    """Without them, clients can't verify the server; the message states the script that adds them."""
    with pytest.raises(InvalidInput, match=r"has no packaged root certificates of RDS"):
        rds_certificates(region)
