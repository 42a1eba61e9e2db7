//! What is asked for: read from the messages and checked before `op` is asked anything.

use crate::baton::ids::{ResourceId, ResourceKind};
use crate::baton::pb::v2;
use crate::connector::group::MANAGER;
use crate::connector::permission::{MEMBER, is_automatic, permission_id};
use crate::op::Account;
use crate::text;

use super::Error;
use super::inherited::Sources;
use super::names::{clean, named};

const PEOPLE: &str = "people join and leave the account by invitation, suspension and deletion, under People in \
                      1Password or with `op user`";
const CONNECT: &str = "what a Connect server reaches is set with `op connect vault grant` and `op connect vault revoke`, \
                       by its tokens, or under Developer > Connect servers in 1Password";

/// Grant or revoke.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Give.
    Grant,
    /// Take back.
    Revoke,
}

/// A grant or revocation that this connector can carry out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub(super) verb: Verb,
    /// The group or vault.
    pub(super) place: ResourceId,
    /// Of the entitlement.
    pub(super) slug: String,
    pub(super) principal: ResourceId,
    /// The groups that a grant to revoke comes from too.
    pub(super) sources: Sources,
    /// The account that the place is in, if the messages say so.
    account: Option<String>,
    place_name: String,
    principal_name: String,
}

impl Request {
    /// Reads a grant.
    ///
    /// # Errors
    /// [`Error::Unsupported`], [`Error::Principal`] or [`Error::Malformed`].
    pub fn grant(entitlement: &v2::Entitlement, principal: &v2::Resource) -> Result<Self, Error> {
        Self::new(
            Verb::Grant,
            Some(entitlement),
            Some(principal),
            Sources::default(),
        )
    }

    /// Reads a revocation. `group_name` knows the names of groups, for messages: a grant does not
    /// carry them.
    ///
    /// # Errors
    /// As for a grant, and [`Error::Inherited`] when the principal holds nothing of its own.
    pub fn revoke(
        grant: &v2::Grant,
        group_name: impl Fn(&ResourceId) -> Option<String>,
    ) -> Result<Self, Error> {
        let sources = Sources::of(grant, group_name);
        let request = Self::new(
            Verb::Revoke,
            grant.entitlement.as_ref(),
            grant.principal.as_ref(),
            sources,
        )?;
        if request.sources.is_all() {
            return Err(request.inherited());
        }
        Ok(request)
    }

    fn new(
        verb: Verb,
        entitlement: Option<&v2::Entitlement>,
        principal: Option<&v2::Resource>,
        sources: Sources,
    ) -> Result<Self, Error> {
        let entitlement = entitlement.ok_or_else(|| malformed("it names no entitlement"))?;
        let resource = entitlement.resource.as_ref();
        let place = id(resource, &format!("the entitlement {:?}", entitlement.id))?;
        let unsupported = |instead| Error::Unsupported {
            kind: place.kind.to_string(),
            instead,
        };
        match place.kind {
            ResourceKind::Group | ResourceKind::Vault => {}
            ResourceKind::Account | ResourceKind::User => return Err(unsupported(PEOPLE)),
            ResourceKind::Project => return Err(unsupported(CONNECT)),
        }
        let slug = slug(&place, entitlement)?;
        let request = Self {
            verb,
            slug,
            principal: id(principal, "the principal")?,
            sources,
            account: account(resource),
            place_name: name(resource),
            principal_name: name(principal),
            place,
        };
        request.check()?;
        Ok(request)
    }

    /// Whether the place has such an entitlement and the principal can hold it.
    fn check(&self) -> Result<(), Error> {
        use ResourceKind::{Account, Group, Project, User, Vault};
        match (self.place.kind, self.principal.kind) {
            (Group, User) if [MEMBER, MANAGER].contains(&&*self.slug) => Ok(()),
            (Group, User) => Err(malformed(&format!(
                "a group has the entitlements member and manager, not {:?}",
                self.slug
            ))),
            (Group, _) => Err(Error::Principal(format!(
                "only users can be granted group membership, and {} is none",
                self.who()
            ))),
            (_, User | Group) if is_automatic(&permission_id(&self.slug)) => {
                Err(Error::Principal(format!(
                    "{} cannot be given or taken: 1Password adds and removes it by itself, with other permissions",
                    self.what()
                )))
            }
            (_, User | Group) => Ok(()),
            (_, Project) => Err(Error::Principal(format!(
                "only users and groups can be granted vault access here, and {} is neither: {CONNECT}",
                self.who()
            ))),
            (_, Account | Vault) => Err(Error::Principal(format!(
                "only users and groups can be granted vault access, and {} is neither",
                self.who()
            ))),
        }
    }

    /// Refuses to go on when `op` is signed in to another account than the one that the request is
    /// about, whose permissions may have other names.
    pub(super) fn check_account(&self, signed_in: &Account) -> Result<(), Error> {
        match &self.account {
            Some(account) if !account.eq_ignore_ascii_case(&signed_in.id) => {
                Err(Error::OtherAccount {
                    intent: self.intent(),
                    signed_in: named(
                        &ResourceId::new(ResourceKind::Account, &*signed_in.id),
                        &clean(&signed_in.name),
                    ),
                    account: account.clone(),
                })
            }
            _ => Ok(()),
        }
    }

    /// Whether it takes a vault, or a part of it, from all who are in a group.
    pub fn takes_from_group(&self) -> bool {
        let is_group = self.principal.kind == ResourceKind::Group;
        self.verb == Verb::Revoke && self.place.kind == ResourceKind::Vault && is_group
    }

    /// The principal: `user Ada Birch (U1)`.
    pub(super) fn who(&self) -> String {
        named(&self.principal, &self.principal_name)
    }

    /// The group or vault: `vault Depot Keys (v1)`.
    pub(super) fn place(&self) -> String {
        named(&self.place, &self.place_name)
    }

    /// `view items on vault Depot Keys (v1)`.
    pub(super) fn what(&self) -> String {
        let at = match self.place.kind {
            ResourceKind::Group => "of",
            _ => "on",
        };
        format!("{} {at} {}", self.slug, self.place())
    }

    /// `grant view items on vault Depot Keys (v1) to user Ada Birch (U1)`.
    pub(super) fn intent(&self) -> String {
        let toward = match self.verb {
            Verb::Grant => "to",
            Verb::Revoke => "from",
        };
        let verb = self.verb.word();
        format!("{verb} {} {toward} {}", self.what(), self.who())
    }

    pub(super) fn limit_of_service_accounts(&self) -> &'static str {
        match self.place.kind {
            ResourceKind::Group => " A service account cannot change groups: sign in as a person.",
            _ => {
                " A service account can change access only on vaults that it created itself: sign in as a person."
            }
        }
    }

    /// The refusal of a grant that the principal has through groups only.
    fn inherited(&self) -> Error {
        let (who, what) = (self.who(), self.what());
        let id = self.place.entitlement(&self.slug);
        let steps = self.sources.steps(&id, &self.principal, &who);
        Error::Inherited(format!(
            "{who} has {what} through groups only, so there is nothing of its own to revoke.{steps}"
        ))
    }
}

impl Verb {
    /// `op`'s word for it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Grant => "grant",
            Self::Revoke => "revoke",
        }
    }
}

/// The slug: what follows the resource's type and id, which may hold `:` themselves
/// (`src/sync/mapping.md`, Ids with separators). The message's own `slug` is not looked at: it is a
/// name, which may be edited in C1.
fn slug(place: &ResourceId, entitlement: &v2::Entitlement) -> Result<String, Error> {
    let own = place.slug(&entitlement.id).filter(|slug| !slug.is_empty());
    own.map(str::to_owned).ok_or_else(|| {
        malformed(&format!(
            "the entitlement id {:?} does not belong to {}",
            entitlement.id,
            named(place, "")
        ))
    })
}

fn id(resource: Option<&v2::Resource>, what: &str) -> Result<ResourceId, Error> {
    let id = resource.and_then(|resource| resource.id.as_ref());
    let id = id.filter(|id| !id.resource.is_empty());
    let id = id.ok_or_else(|| malformed(&format!("{what} has no resource id")))?;
    ResourceId::from_message(id).map_err(|_| Error::Unsupported {
        kind: text::plain(&id.resource_type).into_owned(),
        instead: "this connector does not know it",
    })
}

fn malformed(why: &str) -> Error {
    Error::Malformed(why.to_owned())
}

/// The account that a resource is below.
fn account(resource: Option<&v2::Resource>) -> Option<String> {
    let parent = resource?.parent_resource_id.as_ref()?;
    let is_account = parent.resource_type == ResourceKind::Account.as_str();
    is_account.then(|| parent.resource.clone())
}

fn name(resource: Option<&v2::Resource>) -> String {
    clean(resource.map_or("", |resource| &resource.display_name))
}
