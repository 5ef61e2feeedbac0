//! Texts that many rows of one batch have in common, written once and shared: most runs that are recorded together are of one skill,
//! with the same grants and limits.

use super::facts::RunStart;
use crate::approvals::SkillIdentity;
use crate::grants::Grants;
use crate::limits::Limits;
use guildhall_package::Digest;
use serde::Serialize;
use std::borrow::Cow;
use std::sync::Arc;

/// What was written last of each kind.
#[derive(Default)]
pub(super) struct Common {
    skill: Option<(Arc<SkillIdentity>, Skill)>,
    grants: Last<Grants>,
    grants_hash: Last<Digest>,
    limits: Last<Limits>,
    does_not: Last<Vec<Cow<'static, str>>>,
    words: [Last<String>; WORDS],
}

/// Plain words of a row: its tenant, its operation and its locale.
const WORDS: usize = 3;

/// What says which skill ran.
#[derive(Clone)]
pub(super) struct Skill {
    pub(super) digest: Arc<str>,
    pub(super) name: Option<Arc<str>>,
    pub(super) version: Option<Arc<str>>,
    pub(super) trust: Arc<str>,
}

/// What the rows of a run share with those of others.
pub(super) struct Shared {
    pub(super) skill: Skill,
    pub(super) grants: Arc<str>,
    pub(super) grants_hash: Arc<str>,
    pub(super) limits: Arc<str>,
    pub(super) does_not: Arc<str>,
    pub(super) tenant: Arc<str>,
    pub(super) operation: Arc<str>,
    pub(super) locale: Arc<str>,
}

impl Common {
    /// The texts of a run that does not do these things.
    pub(super) fn of(
        &mut self,
        start: &RunStart,
        does_not: &Vec<Cow<'static, str>>,
    ) -> Result<Shared, serde_json::Error> {
        let [tenant, operation, locale] = &mut self.words;
        Ok(Shared {
            grants: self.grants.json(&start.grants)?,
            grants_hash: self.grants_hash.text(&start.grants_hash),
            limits: self.limits.json(&start.limits)?,
            does_not: self.does_not.json(does_not)?,
            tenant: tenant.text(&start.tenant),
            operation: operation.text(&start.operation),
            locale: locale.text(&start.locale),
            skill: self.skill(&start.skill)?,
        })
    }

    fn skill(&mut self, identity: &Arc<SkillIdentity>) -> Result<Skill, serde_json::Error> {
        if let Some((last, skill)) = &self.skill
            && (Arc::ptr_eq(last, identity) || last == identity)
        {
            return Ok(skill.clone());
        }
        let skill = Skill {
            digest: identity.digest.to_string().into(),
            name: identity.name.as_deref().map(Arc::from),
            version: identity.version.as_deref().map(Arc::from),
            trust: serde_json::to_string(&identity.trust)?.into(),
        };
        self.skill = Some((identity.clone(), skill.clone()));
        Ok(skill)
    }
}

/// One value, and how it is written.
struct Last<T>(Option<(T, Arc<str>)>);

impl<T> Default for Last<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: Clone + PartialEq> Last<T> {
    /// As JSON.
    fn json(&mut self, value: &T) -> Result<Arc<str>, serde_json::Error>
    where
        T: Serialize,
    {
        match self.again(value) {
            Some(text) => Ok(text),
            None => Ok(self.keep(value, serde_json::to_string(value)?)),
        }
    }

    /// As it is shown.
    fn text(&mut self, value: &T) -> Arc<str>
    where
        T: ToString,
    {
        match self.again(value) {
            Some(text) => text,
            None => self.keep(value, value.to_string()),
        }
    }

    fn again(&self, value: &T) -> Option<Arc<str>> {
        let (last, text) = self.0.as_ref()?;
        (last == value).then(|| text.clone())
    }

    fn keep(&mut self, value: &T, text: String) -> Arc<str> {
        let text: Arc<str> = text.into();
        self.0 = Some((value.clone(), text.clone()));
        text
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_from_the_last_is_written_anew() {
        let mut last = Last::default();
        let (one, two) = (vec!["a".to_owned()], vec!["b".to_owned()]);
        let texts = [&one, &one, &two, &one].map(|value| last.json(value).unwrap());
        assert_eq!(
            texts.each_ref().map(|t| &**t),
            [r#"["a"]"#, r#"["a"]"#, r#"["b"]"#, r#"["a"]"#]
        );
        assert!(Arc::ptr_eq(&texts[0], &texts[1]));
    }
}
