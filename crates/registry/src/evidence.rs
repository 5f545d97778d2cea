//! Evidence about versions, and the gates that it opens.

use redoubt_domain::Digest;
use redoubt_domain::seams::{Change, RecordError};
use redoubt_models::sign::{PublicKey, sha256, verify as verify_signature};
use serde_json::Value;

use crate::attestation::{AttestationError, Evidence};
use crate::content::Said;
use crate::error::RegistryError;
use crate::gate::{Candidate, Refusal, judge};
use crate::model::Version;
use crate::names::{self, Slot};
use crate::policy::{AttestationKind, Gate};
use crate::rows::{self, ATTESTATION, AttestationRow, V};
use crate::witness::{By, Happening};
use crate::{Along, Registry};

/// A version that was let through a gate: only the registry makes one, after it looked at the evidence.
#[derive(Clone, Debug)]
pub struct Admitted {
    version: Version,
    evidence: Vec<Evidence>,
}

impl Admitted {
    /// The version.
    pub fn version(&self) -> &Version {
        &self.version
    }

    /// What is signed about its digest.
    pub fn evidence(&self) -> &[Evidence] {
        &self.evidence
    }
}

/// What lies in the registry about a digest.
#[derive(Debug)]
pub struct Attested {
    /// SHA-256 of its record, by which it is called.
    pub id: String,
    /// What it says, if the installation signed it and it is about this digest.
    pub evidence: Result<Evidence, AttestationError>,
}

impl Registry {
    /// Signs a statement about the content of a version and keeps it. The kinds [`AttestationKind::Approval`] and
    /// [`AttestationKind::Signature`] have ways of their own.
    ///
    /// # Errors
    /// [`RegistryError::NoContent`] if the version has none.
    pub async fn attest(
        &self,
        name: &str,
        version: u64,
        kind: AttestationKind,
        passed: bool,
        details: Value,
        by: By<'_>,
    ) -> Result<Evidence, RegistryError> {
        match kind {
            AttestationKind::Approval => self.approve(name, version, passed, &details.to_string(), by).await,
            AttestationKind::Signature => Err(RegistryError::invalid(
                "kind of evidence",
                "a signature is given as it is, with the public key that verifies it",
            )),
            _ => self.keep(name, version, kind, passed, details, by).await,
        }
    }

    /// Agrees to a version, or with `passed` false rejects it. What a person says last counts.
    ///
    /// # Errors
    /// [`RegistryError::NoContent`] if the version has no content to agree to.
    pub async fn approve(
        &self,
        name: &str,
        version: u64,
        passed: bool,
        comment: &str,
        by: By<'_>,
    ) -> Result<Evidence, RegistryError> {
        names::text("comment", comment, self.limits.description_chars_max)?;
        // Whoever rejects is heard.
        if passed && by.owner.is_none() {
            return Err(RegistryError::Ownerless { actor: by.actor.to_owned() });
        }
        let details = serde_json::json!({ "comment": comment });
        self.keep(name, version, AttestationKind::Approval, passed, details, by).await
    }

    /// Keeps a signature that `model-signing` made, after it has been verified with a key that the caller trusts for
    /// the files of this version.
    ///
    /// # Errors
    /// [`RegistryError::Invalid`] says what the signature is not.
    pub async fn attest_signature(
        &self,
        name: &str,
        version: u64,
        manifest: &crate::Manifest,
        bundle: &str,
        key: &PublicKey,
        by: By<'_>,
    ) -> Result<Evidence, RegistryError> {
        let found = self.version(name, version).await?;
        if found.digest != Some(manifest.digest()) {
            return Err(RegistryError::invalid("manifest", "it is not the one of this version"));
        }
        let Said { kind: _, passed: _, details } = self.say_signature(manifest, bundle, key)?;
        self.keep(name, version, AttestationKind::Signature, true, details, by).await
    }

    /// What to say of a version whose files were signed with this key, for [`Registry::finish`].
    ///
    /// # Errors
    /// [`RegistryError::Invalid`] says what the signature is not.
    pub fn say_signature(
        &self,
        manifest: &crate::Manifest,
        bundle: &str,
        key: &PublicKey,
    ) -> Result<Said, RegistryError> {
        if !self.policy.trusts(key.hint()) {
            return Err(RegistryError::invalid("signature", format!("the policy does not trust key {}", key.hint())));
        }
        let signed = verify_signature(bundle.as_bytes(), key)
            .map_err(|error| RegistryError::invalid("signature", error.to_string()))?;
        if !signed.differences(&manifest.signed("")).is_empty() {
            return Err(RegistryError::invalid("signature", "it is good, and about other files than this version has"));
        }
        let details = serde_json::json!({
            "key": key.hint().to_string(), "public_key": key.to_pem(), "bundle": bundle,
            "manifest": manifest.to_text(),
        });
        Ok(Said { kind: AttestationKind::Signature, passed: true, details })
    }

    /// Everything that is kept about the content of a version, in the order of its time; what cannot be verified last.
    ///
    /// # Errors
    /// If there is no such version.
    pub async fn attestations(&self, name: &str, version: u64) -> Result<Vec<Attested>, RegistryError> {
        let found = self.version(name, version).await?;
        match found.digest {
            Some(digest) => self.attested(digest).await,
            None => Ok(Vec::new()),
        }
    }

    /// Lets a version through the gates of a slot.
    ///
    /// # Errors
    /// [`RegistryError::Refused`] with everything that is missing.
    pub async fn admit(&self, name: &str, version: u64, slot: &Slot) -> Result<Admitted, RegistryError> {
        let found = self.version(name, version).await?;
        self.judged(found, &[(Some(slot), self.policy.gates(slot))]).await
    }

    /// The content of a version, to be looked at and not to be used: no gate stands before a scan.
    ///
    /// # Errors
    /// If there is no such version.
    pub async fn look_at(&self, name: &str, version: u64) -> Result<Admitted, RegistryError> {
        let found = self.version(name, version).await?;
        self.judged(found, &[]).await
    }

    /// Lets a version that is named by its number be used: through the gate of the stage it is in, if it is in one, and
    /// that of every export. A refusal is recorded.
    ///
    /// # Errors
    /// [`RegistryError::Refused`] if the evidence does not suffice now.
    pub async fn admit_version(&self, name: &str, version: u64, by: By<'_>) -> Result<Admitted, RegistryError> {
        let found = self.version(name, version).await?;
        self.admit_use(found, &[], by).await
    }

    /// Lets whatever leads to a version be used: the version that `slot` leads to now, looked at again by its gates,
    /// those of its stage and that of every export. A refusal is recorded.
    ///
    /// # Errors
    /// [`RegistryError::Refused`] if the evidence does not suffice now, whatever it did when it was promoted.
    pub async fn admit_holder(&self, name: &str, slot: &Slot, by: By<'_>) -> Result<Admitted, RegistryError> {
        let found = self.holder(name, slot).await?;
        self.admit_use(found, std::slice::from_ref(slot), by).await
    }

    /// Lets a version be used by whoever does not say what led there: through the gates of everything that does. A
    /// refusal is recorded.
    ///
    /// # Errors
    /// [`RegistryError::Refused`] if the evidence does not suffice now.
    pub async fn admit_however(&self, name: &str, version: u64, by: By<'_>) -> Result<Admitted, RegistryError> {
        let found = self.version(name, version).await?;
        let slots: Vec<Slot> = found.aliases.iter().cloned().map(Slot::Alias).collect();
        self.admit_use(found, &slots, by).await
    }

    /// The one way to the content of a version for whoever uses it.
    async fn admit_use(&self, found: Version, slots: &[Slot], by: By<'_>) -> Result<Admitted, RegistryError> {
        let stage = Slot::Stage(found.stage);
        let slots = std::iter::once(&stage).chain(slots).map(|slot| (Some(slot), self.policy.gates(slot)));
        let doors: Vec<_> = slots.chain([(None, vec![self.policy.export()])]).collect();
        let (name, version) = (found.name.clone(), found.version);
        let admitted = self.judged(found, &doors).await;
        self.note_refusal(&name, version, &admitted, by).await?;
        admitted
    }

    /// A version that passes each of these gates, in their order, as they stand before a slot or before every use.
    async fn judged(&self, found: Version, doors: &[(Option<&Slot>, Vec<&Gate>)]) -> Result<Admitted, RegistryError> {
        let attested = match found.digest {
            Some(digest) => self.attested(digest).await?,
            None => Vec::new(),
        };
        let (mut evidence, mut broken) = (Vec::new(), Vec::new());
        for Attested { id: _, evidence: verified } in attested {
            match verified {
                Ok(found) => evidence.push(found),
                Err(error) => broken.push(error.to_string()),
            }
        }
        let candidate = Candidate {
            name: &found.name,
            model: &found.model,
            version: found.version,
            creator: &found.creator,
            owner: found.owner.as_deref(),
            has_content: found.digest.is_some(),
            evidence: &evidence,
            broken: &broken,
        };
        for (slot, gates) in doors {
            let missing = judge(gates, &candidate);
            if !missing.is_empty() {
                let refusal =
                    Refusal { name: found.name.clone(), version: found.version, slot: slot.cloned(), missing };
                return Err(RegistryError::Refused(Box::new(refusal)));
            }
        }
        Ok(Admitted { version: found, evidence })
    }

    /// Records that the content of a version left the registry.
    ///
    /// # Errors
    /// If it cannot be recorded: then it must not leave.
    pub async fn exported(&self, pass: &Admitted, by: By<'_>) -> Result<(), RegistryError> {
        let Version { name, version, digest, .. } = pass.version();
        let detail = digest.map(|digest| format!("sha256 {digest}")).unwrap_or_default();
        self.note(by.tells(Happening::Exported, format!("{name}/{version}"), detail)).await
    }

    /// As [`Registry::admit`]; a refusal is recorded.
    pub(crate) async fn admit_noted(
        &self,
        name: &str,
        version: u64,
        slot: &Slot,
        by: By<'_>,
    ) -> Result<Admitted, RegistryError> {
        let admitted = self.admit(name, version, slot).await;
        self.note_refusal(name, version, &admitted, by).await?;
        admitted
    }

    async fn note_refusal(
        &self,
        name: &str,
        version: u64,
        admitted: &Result<Admitted, RegistryError>,
        by: By<'_>,
    ) -> Result<(), RegistryError> {
        let Err(RegistryError::Refused(refusal)) = admitted else { return Ok(()) };
        let missing: Vec<&str> = refusal.missing.iter().map(|missing| missing.kind.name()).collect();
        let detail = format!("{}: {} missing", refusal.door(), missing.join(", "));
        self.note(by.tells(Happening::Refused, format!("{name}/{version}"), detail)).await
    }

    async fn keep(
        &self,
        name: &str,
        version: u64,
        kind: AttestationKind,
        passed: bool,
        details: Value,
        by: By<'_>,
    ) -> Result<Evidence, RegistryError> {
        let found = self.version(name, version).await?;
        let digest = found.digest.ok_or_else(|| RegistryError::NoContent { name: name.to_owned(), version })?;
        let (subject, mut along) = (format!("{name}/{version}"), Along::default());
        let said = Said { kind, passed, details };
        let evidence = self.keep_about(digest, subject, &found.model, version, said, by, &mut along).await?;
        match self.commit(along).await {
            // The same statement of the same moment is there already.
            Ok(()) | Err(RecordError::Conflict { .. }) => Ok(evidence),
            Err(error) => Err(error.into()),
        }
    }

    /// Signs evidence, as [`Registry::attest`] does, about a version that need not be there yet. What is to be kept goes
    /// into `along`.
    #[expect(clippy::too_many_arguments, reason = "each is a field of the statement")]
    pub(crate) async fn keep_about(
        &self,
        digest: Digest,
        subject: String,
        model: &str,
        version: u64,
        said: Said,
        by: By<'_>,
        along: &mut Along,
    ) -> Result<Evidence, RegistryError> {
        let Said { kind, passed, details } = said;
        names::text("actor", by.actor, self.limits.actor_chars_max)?;
        let evidence = Evidence {
            kind,
            digest,
            subject,
            model: model.to_owned(),
            version,
            passed,
            actor: by.actor.to_owned(),
            owner: by.owner.map(str::to_owned),
            at: by.now,
            details,
        };
        let row = AttestationRow { v: V, envelope: self.key.sign(&evidence)? };
        let bytes = rows::write(ATTESTATION, "", &row)?;
        let max = self.limits.attestation_bytes_max;
        if bytes.len() > max {
            return Err(AttestationError::TooLarge { actual: bytes.len(), max }.into());
        }
        let prefix = self.evidence_prefix(digest);
        let max = self.limits.attestations_max;
        let held = self.records.scan(ATTESTATION, Some(&prefix), max).await?;
        if held.iter().filter(|record| record.id.starts_with(&prefix)).count() >= max {
            return Err(AttestationError::TooMany { max }.into());
        }
        let id = format!("{prefix}{}", sha256(&bytes));
        if !held.iter().any(|record| record.id == id) {
            along.changes.push(Change::put(ATTESTATION, id, None, bytes));
            let word = if passed { "passed" } else { "failed" };
            let detail = format!("{} {word}", kind.name());
            along.events.push(by.tells(Happening::Attested, evidence.subject.clone(), detail));
        }
        Ok(evidence)
    }

    fn evidence_prefix(&self, digest: Digest) -> String {
        format!("{}/", self.id(&digest.to_string()))
    }

    async fn attested(&self, digest: Digest) -> Result<Vec<Attested>, RegistryError> {
        let prefix = self.evidence_prefix(digest);
        // More than may be there are not looked at, and refused for.
        let page = self.records.scan(ATTESTATION, Some(&prefix), self.limits.attestations_max + 1).await?;
        let mut all = Vec::new();
        for record in page.into_iter().take_while(|record| record.id.starts_with(&prefix)) {
            let id = record.id.strip_prefix(&prefix).unwrap_or_default().to_owned();
            let row: Result<AttestationRow, _> = serde_json::from_slice(&record.value);
            let evidence = row.map_err(|_| AttestationError::Envelope).and_then(|row| self.verified(&row, digest));
            all.push(Attested { id, evidence });
        }
        all.sort_by_key(|attested| match &attested.evidence {
            Ok(evidence) => (false, evidence.at, evidence.kind.name(), attested.id.clone()),
            Err(_) => (true, redoubt_domain::Timestamp::default(), "", attested.id.clone()),
        });
        Ok(all)
    }

    /// What an envelope says, if all in it holds: a signature of the files is verified again as well.
    fn verified(&self, row: &AttestationRow, digest: Digest) -> Result<Evidence, AttestationError> {
        let evidence = self.key.verify(&row.envelope, digest)?;
        if evidence.kind == AttestationKind::Signature {
            let text = |key: &str| evidence.details.get(key).and_then(Value::as_str).unwrap_or_default();
            let manifest = crate::Manifest::from_text(text("manifest"), &self.limits);
            let key = PublicKey::from_pem(text("public_key").as_bytes());
            let (Ok(manifest), Ok(key)) = (manifest, key) else { return Err(AttestationError::Statement) };
            let signed = verify_signature(text("bundle").as_bytes(), &key).map_err(|_| AttestationError::Signature)?;
            if !self.policy.trusts(key.hint()) {
                return Err(AttestationError::Untrusted { key: key.hint() });
            }
            if manifest.digest() != digest || !signed.differences(&manifest.signed("")).is_empty() {
                return Err(AttestationError::Signature);
            }
        }
        Ok(evidence)
    }
}
