"""Certificates, those of distributions and container services and those of load balancers."""

from __future__ import annotations

import uuid
from datetime import timedelta

from lightsail_ops.testing._data import JsonObject
from lightsail_ops.testing.exceptions import InvalidInputException
from lightsail_ops.testing.resources.backend import ResourceBackend, delete_one
from lightsail_ops.testing.resources.base import Request, Resource

_LIFETIME = timedelta(days=395)  # of a certificate of AWS Certificate Manager


class AnyCertificate(Resource):
    """A TLS certificate of either kind."""

    is_issued = False

    def __init__(
        self, backend: ResourceBackend, name: str, domain_name: str, members: JsonObject
    ) -> None:
        super().__init__(backend, name, members)
        self.members["domainName"] = domain_name
        self.members.setdefault("subjectAlternativeNames", [domain_name])

    def issue(self) -> None:
        """Issue it, as if its owner had proved that the domain is theirs."""
        self.is_issued = True
        self.issued_at = self.backend.operations.now()

    def check_issued(self) -> None:
        """Raise AWS's error if it is not issued."""
        if not self.is_issued:
            raise InvalidInputException(f"The certificate {self.name} is not issued.")

    @property
    def status(self) -> str:
        """Whether it is issued."""
        return "ISSUED" if self.is_issued else "PENDING_VALIDATION"

    @property
    def dns_records(self) -> list[JsonObject]:
        """The records that prove, one for each name, that the domain is its owner's."""
        names = [self.members["domainName"], *self.members["subjectAlternativeNames"]]
        return [
            {
                "domainName": name,
                "name": f"_{uuid.uuid5(self.uuid, name).hex}.{name}.",
                "type": "CNAME",
                "value": f"_{uuid.uuid5(self.uuid, f'{name}.').hex}.acm-validations.aws.",
                "validationStatus": "SUCCESS" if self.is_issued else "PENDING_VALIDATION",
            }
            for name in dict.fromkeys(names)
        ]

    def _validity(self) -> JsonObject:
        if not self.is_issued:
            return {}
        dates = {"issuedAt": self.issued_at, "notBefore": self.issued_at}
        return dates | {"notAfter": self.issued_at + _LIFETIME}

    @property
    def _serial(self) -> str:
        return self.uuid.bytes.hex(":")


class Certificate(AnyCertificate):
    """A certificate for distributions and container services."""

    kind = "Certificate"

    def to_dict(self) -> JsonObject:
        records = [
            {
                "domainName": each["domainName"],
                "resourceRecord": each,
                "validationStatus": each["validationStatus"],
            }
            for each in self.dns_records
        ]
        users = [
            each for each in self.backend.all() if each.members.get("certificateName") == self.name
        ]
        issued = {"issuerCA": "Amazon", "serialNumber": self._serial} if self.is_issued else {}
        return (
            super().to_dict()
            | self._validity()
            | issued
            | {
                "domainValidationRecords": records,
                "inUseResourceCount": len(users),
                "status": self.status,
            }
        )

    def summarize(self, *, with_details: bool) -> JsonObject:
        """Return it as lists show it."""
        detail = self.to_dict()
        return {
            "certificateArn": self.arn,
            "certificateName": self.name,
            "domainName": self.members["domainName"],
            "certificateDetail": detail if with_details else None,
            "tags": detail["tags"],
        }


class LoadBalancerTlsCertificate(AnyCertificate):
    """A certificate of a load balancer."""

    kind = "LoadBalancerTlsCertificate"
    is_attached = False

    def to_dict(self) -> JsonObject:
        issued = {
            "issuer": "Amazon",
            "keyAlgorithm": "RSA-2048",
            "serial": self._serial,
            "signatureAlgorithm": "SHA256WITHRSA",
            "subject": f"CN={self.members['domainName']}",
        }
        return (
            super().to_dict()
            | self._validity()
            | (issued if self.is_issued else {})
            | {
                "domainValidationRecords": self.dns_records,
                "isAttached": self.is_attached,
                "status": self.status,
            }
        )


class CertificateBackend(ResourceBackend):
    """The actions on the certificates of distributions and container services."""

    delete_certificate = delete_one(Certificate, "certificateName")

    def create_certificate(self, request: Request) -> JsonObject:
        name = self.check_free(Certificate, request["certificateName"])
        members = request.only("subjectAlternativeNames tags")
        certificate = Certificate(self, name, request["domainName"], members)
        operations = self.complete("CreateCertificate", certificate, comes=certificate)
        return {"certificate": certificate.summarize(with_details=True), "operations": operations}

    def get_certificates(self, request: Request) -> JsonObject:
        name, statuses = request.get("certificateName"), request.get("certificateStatuses")
        found = self.all_of(Certificate) if name is None else [self.get(Certificate, name)]
        summaries = [
            each.summarize(with_details=request.get("includeCertificateDetails", False))
            for each in found
            if statuses is None or each.status in statuses
        ]
        return self.page("certificates", summaries, request)
