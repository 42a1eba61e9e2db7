//! What is asked for: read from the messages and checked before `op` is asked anything.

use prost::Name;

use crate::baton::ids::{ResourceId, ResourceKind, grant_id};
use crate::baton::pb::v2;
use crate::connector::permission::{MEMBER, is_automatic, permission_id};
use crate::connector::place::MANAGER;
use crate::op::Account;
use crate::text;

use super::{Error, Refusal};

const PEOPLE: &str = "people join and leave the account by invitation, suspension and deletion, under People in \
                      1Password or with `op user`";
const CONNECT: &str = "what a Connect server reaches is set with `op connect vault grant` and `op connect vault revoke`, \
                       by its tokens, or under Developer > Connect servers in 1Password";

/// Longest name in a message, in characters.
const NAME_LENGTH: usize = 80;

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
    /// Whether it gives or takes.
    pub verb: Verb,
    /// The group or vault.
    pub(super) place: ResourceId,
    /// Of the entitlement.
    pub(super) slug: String,
    pub(super) principal: ResourceId,
    /// The account that the place is in, if the messages say so.
    account: Option<String>,
    /// The principal: `user Ada Birch (U1)`.
    pub(super) who: String,
    /// The entitlement and where it is: `view items on vault Depot Keys (v1)`.
    pub(super) what: String,
}

impl Request {
    /// Reads a grant, or refuses it.
    pub fn grant(entitlement: &v2::Entitlement, principal: &v2::Resource) -> Result<Self, Error> {
        Self::new(Verb::Grant, Some(entitlement), Some(principal))
    }

    /// Reads a revocation, or refuses it, also as [`Refusal::Inherited`]. `group_name` knows the
    /// names of groups, for messages: a grant does not carry them.
    pub fn revoke(
        grant: &v2::Grant,
        group_name: impl Fn(&ResourceId) -> Option<String>,
    ) -> Result<Self, Error> {
        let (entitlement, principal) = (grant.entitlement.as_ref(), grant.principal.as_ref());
        let request = Self::new(Verb::Revoke, entitlement, principal)?;
        match sources(grant) {
            Some(groups) => Err(request.inherited(&groups, group_name)),
            None => Ok(request),
        }
    }

    fn new(
        verb: Verb,
        entitlement: Option<&v2::Entitlement>,
        principal: Option<&v2::Resource>,
    ) -> Result<Self, Error> {
        let entitlement = entitlement.ok_or_else(|| Error::malformed("it names no entitlement"))?;
        let resource = entitlement.resource.as_ref();
        let place = id(resource, &format!("the entitlement {:?}", entitlement.id))?;
        let kind = place.kind;
        let at = match kind {
            ResourceKind::Group => "of",
            ResourceKind::Vault => "on",
            ResourceKind::Account | ResourceKind::User => {
                return Err(unsupported(kind.as_str(), PEOPLE));
            }
            ResourceKind::Project => return Err(unsupported(kind.as_str(), CONNECT)),
        };
        // What follows the resource's type and id, which may hold `:` themselves
        // (`src/sync/mapping.md`, Ids with separators). The message's own `slug` is not looked at:
        // it is a name, which may be edited in C1.
        let slug = place.slug(&entitlement.id).filter(|slug| !slug.is_empty());
        let slug = slug.ok_or_else(|| {
            let (id, place) = (&entitlement.id, named(&place, ""));
            let why = format!("the entitlement id {id:?} does not belong to {place}");
            Error::malformed(&why)
        })?;
        let who = id(principal, "the principal")?;
        let request = Self {
            verb,
            who: named(&who, &name(principal)),
            what: format!("{slug} {at} {}", named(&place, &name(resource))),
            slug: slug.to_owned(),
            principal: who,
            account: account(resource),
            place,
        };
        request.check()?;
        Ok(request)
    }

    /// Whether the place has such an entitlement and the principal can hold it.
    fn check(&self) -> Result<(), Error> {
        use ResourceKind::{Account, Group, Project, User, Vault};
        let (who, what, slug) = (&self.who, &self.what, &self.slug);
        let why = match (self.place.kind, self.principal.kind) {
            (Group, User) if [MEMBER, MANAGER].contains(&&**slug) => return Ok(()),
            (Group, User) => {
                let why = format!("a group has the entitlements member and manager, not {slug:?}");
                return Err(Error::malformed(&why));
            }
            (Group, _) => format!("only users can be granted group membership, and {who} is none"),
            (_, User | Group) if is_automatic(&permission_id(slug)) => format!(
                "{what} cannot be given or taken: 1Password adds and removes it by itself, with other permissions"
            ),
            (_, User | Group) => return Ok(()),
            (_, Project) => format!(
                "only users and groups can be granted vault access here, and {who} is neither: {CONNECT}"
            ),
            (_, Account | Vault) => {
                format!("only users and groups can be granted vault access, and {who} is neither")
            }
        };
        Err(Error::Refused(Refusal::Malformed, why))
    }

    /// Refuses to go on when `op` is signed in to another account than the one that the request is
    /// about, whose permissions may have other names.
    pub(super) fn check_account(&self, signed_in: &Account) -> Result<(), Error> {
        match &self.account {
            Some(account) if !account.eq_ignore_ascii_case(&signed_in.id) => {
                let id = ResourceId::new(ResourceKind::Account, &*signed_in.id);
                let (intent, signed_in) = (self.intent(), named(&id, &clean(&signed_in.name)));
                let why = format!(
                    "could not {intent}, and nothing was changed: `op` is signed in to {signed_in}, and this is in \
                     the account {account}: sign in to that one (--account), or sync this one first"
                );
                Err(Error::Refused(Refusal::OtherAccount, why))
            }
            _ => Ok(()),
        }
    }

    /// Whether it takes a vault, or a part of it, from all who are in a group.
    pub fn takes_from_group(&self) -> bool {
        let is_group = self.principal.kind == ResourceKind::Group;
        self.verb == Verb::Revoke && self.place.kind == ResourceKind::Vault && is_group
    }

    /// `grant view items on vault Depot Keys (v1) to user Ada Birch (U1)`.
    pub(super) fn intent(&self) -> String {
        let (what, who) = (&self.what, &self.who);
        match self.verb {
            Verb::Grant => format!("grant {what} to {who}"),
            Verb::Revoke => format!("revoke {what} from {who}"),
        }
    }

    /// The refusal of a grant that the principal has through these groups only: where to end it.
    fn inherited(
        &self,
        groups: &[ResourceId],
        name: impl Fn(&ResourceId) -> Option<String>,
    ) -> Error {
        let (who, what) = (&self.who, &self.what);
        let id = self.place.entitlement(&self.slug);
        let step = |group: &ResourceId| {
            let whole = grant_id(&id, group);
            let membership = grant_id(&group.entitlement(MEMBER), &self.principal);
            let group = named(group, &name(group).unwrap_or_default());
            format!(
                " It comes from {group}: revoke \"{whole}\" to take it from the whole group, or \
                 \"{membership}\" to take {who} out of the group."
            )
        };
        let steps = match groups {
            [] => " The grant does not say which; `op vault group list` shows them.".to_owned(),
            groups => groups.iter().map(step).collect(),
        };
        let why = format!(
            "{who} has {what} through groups only, so there is nothing of its own to revoke.{steps}"
        );
        Error::Refused(Refusal::Inherited, why)
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

fn id(resource: Option<&v2::Resource>, what: &str) -> Result<ResourceId, Error> {
    let id = resource.and_then(|resource| resource.id.as_ref());
    let id = id.filter(|id| !id.resource.is_empty());
    let id = id.ok_or_else(|| Error::malformed(&format!("{what} has no resource id")))?;
    let kind = text::plain(&id.resource_type);
    ResourceId::from_message(id).map_err(|_| unsupported(&kind, "this connector does not know it"))
}

/// The refusal of a resource type; `instead` says where it is done.
fn unsupported(kind: &str, instead: &str) -> Error {
    let why = format!("resource type {kind} does not have provisioner configured: {instead}");
    Error::Refused(Refusal::Unsupported, why)
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

fn clean(name: &str) -> String {
    let name = name.chars().filter(|c| !text::acts(*c));
    name.take(NAME_LENGTH).collect::<String>().trim().to_owned()
}

/// `user Ada Birch (U1)`, or `user U1`.
pub(super) fn named(id: &ResourceId, name: &str) -> String {
    let (kind, id) = (id.kind, text::plain(&id.id));
    match name {
        "" => format!("{kind} {id}"),
        name => format!("{kind} {name} ({id})"),
    }
}

/// The groups that a stored grant comes from; `None` when a part of it is the principal's own
/// (`src/sync/mapping.md`, Inherited access).
fn sources(grant: &v2::Grant) -> Option<Vec<ResourceId>> {
    let own = grant.entitlement.as_ref().map_or("", |own| &own.id);
    let sources = grant.sources.iter();
    let sources = sources.flat_map(|sources| sources.sources.keys());
    let (own, others): (Vec<_>, Vec<_>) = sources.partition(|id| *id == own);
    let immutable = v2::GrantImmutable::type_url();
    let mut annotations = grant.annotations.iter();
    let is_immutable = annotations.any(|any| any.type_url == immutable);
    let is_inherited = own.is_empty() && (is_immutable || !others.is_empty());
    is_inherited.then(|| others.into_iter().filter_map(|id| group_of(id)).collect())
}

/// The group whose members an entitlement id stands for.
fn group_of(entitlement_id: &str) -> Option<ResourceId> {
    let rest = entitlement_id.strip_prefix(ResourceKind::Group.as_str())?;
    let id = rest.strip_prefix(':')?.strip_suffix(MEMBER)?;
    Some(ResourceId::new(ResourceKind::Group, id.strip_suffix(':')?))
}
