//! The variables by which Azure's own libraries find a managed identity, a pipeline or a token's file.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use serde_json::json;

use crate::app::App;
use crate::emulator::Emulator;
use crate::error::Error;
use crate::federation::{FederatedCredential, ForeignToken, GITHUB, RunnerKind, exchange_audience, pipelines_issuer};
use crate::machine::{self, ManagedIdentity};
use crate::tenant::Tenant;
use crate::vault::{Vault, VaultCertificate, VaultPermission};

/// Names and values of variables.
type Variables = BTreeMap<String, String>;

impl Emulator {
    /// The variables of each place where an app may run, by the name of the place.
    ///
    /// The places exclude each other: a process is given the variables of one of them. There are `imds`,
    /// `app-service`, `azure-ml`, `service-fabric`, `azure-arc`, `github-actions`, `azure-pipelines` and
    /// `key-vault`, as far as the tenant has them. Addresses are plain `localhost`, for programs whose resolver does
    /// not know names under it; the vault there is the first one.
    pub fn environments(&self) -> BTreeMap<String, BTreeMap<String, String>> {
        let mut places = BTreeMap::new();
        if let Some(url) = self.machine_url() {
            self.add_machine(&mut places, &url);
        }
        let here = format!("https://localhost:{}", self.port());
        let secret = &self.world.neighbours.runner_token;
        for runner in &self.world.tenant.runners {
            let (place, variables) = match &runner.kind {
                RunnerKind::Github => (
                    "github-actions",
                    variables([
                        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", secret.clone()),
                        ("ACTIONS_ID_TOKEN_REQUEST_URL", format!("{here}/idtoken/1/1?api-version=2.0")),
                        ("GITHUB_ACTIONS", "true".to_owned()),
                    ]),
                ),
                RunnerKind::Pipelines { connection } => (
                    "azure-pipelines",
                    variables([
                        ("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", connection.clone()),
                        ("SYSTEM_ACCESSTOKEN", secret.clone()),
                        ("SYSTEM_OIDCREQUESTURI", format!("{here}/contoso/reports/oidctoken")),
                        ("TF_BUILD", "True".to_owned()),
                    ]),
                ),
            };
            places.insert(place.to_owned(), variables);
        }
        if !self.world.tenant.vaults.is_empty() {
            places.insert("key-vault".to_owned(), variables([("AZURE_KEYVAULT_URL", here)]));
        }
        places
    }

    fn add_machine(&self, places: &mut BTreeMap<String, Variables>, url: &str) {
        let secret = || self.world.neighbours.identity_header.clone();
        let node = format!("https://localhost:{}/metadata/identity/oauth2/token", self.port());
        let own = url.to_owned();
        let endpoint = format!("{url}/msi/token");
        let pinned = self.server_thumbprint().to_owned();
        let mut add = |place: &str, of_place: Variables, id: Option<&str>| {
            let id = id.and_then(|name| Some((name.to_owned(), machine::to_be_named(&self.world)?)));
            places.insert(place.to_owned(), of_place.into_iter().chain(id).collect());
        };
        add("imds", variables([("AZURE_POD_IDENTITY_AUTHORITY_HOST", own.clone())]), Some(CLIENT));
        let app_service = [("IDENTITY_ENDPOINT", endpoint.clone()), ("IDENTITY_HEADER", secret())];
        add("app-service", variables(app_service), Some(CLIENT));
        let machine_learning = [("MSI_ENDPOINT", endpoint), ("MSI_SECRET", secret())];
        add("azure-ml", variables(machine_learning), Some("DEFAULT_IDENTITY_CLIENT_ID"));
        let fabric =
            [("IDENTITY_ENDPOINT", node), ("IDENTITY_HEADER", secret()), ("IDENTITY_SERVER_THUMBPRINT", pinned)];
        add("service-fabric", variables(fabric), None);
        if self.world.tenant.machine.arc_folder.is_some() {
            let endpoint = format!("{url}/arc/metadata/identity/oauth2/token");
            add("azure-arc", variables([("IDENTITY_ENDPOINT", endpoint), ("IMDS_ENDPOINT", own)]), None);
        }
    }

    /// Writes the file of a Kubernetes pod, if an app trusts such an issuer, and gives all variables.
    ///
    /// The file is `federated-token` in the folder; it holds a token that lives ten minutes. Beside the places of
    /// [`Emulator::environments`] there is then `workload-identity`.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn furnish(&self, folder: &Path) -> io::Result<BTreeMap<String, BTreeMap<String, String>>> {
        let mut places = self.environments();
        let tenant = &self.world.tenant;
        let played = [GITHUB.to_owned(), pipelines_issuer(&tenant.id), machine::issuer(tenant)];
        let pods = tenant.apps.iter().find_map(|app| {
            let trusted = app.federated.iter().find(|credential| !played.contains(&credential.issuer))?;
            Some((app, trusted))
        });
        if let Some((app, trusted)) = pods {
            let path = folder.join("federated-token");
            let token = ForeignToken::new(&trusted.issuer, &trusted.subject).audience(&trusted.audience);
            let token = self.foreign_token(&token).map_err(io::Error::other)?;
            std::fs::write(&path, token)?;
            let variables = variables([
                ("AZURE_AUTHORITY_HOST", format!("{}/", self.plain_login_origin())),
                (CLIENT, app.id.clone()),
                ("AZURE_FEDERATED_TOKEN_FILE", path.display().to_string()),
                ("AZURE_TENANT_ID", tenant.id.clone()),
            ]);
            places.insert("workload-identity".to_owned(), variables);
        }
        Ok(places)
    }

    /// Writes what a client needs into a folder: `ca.pem`, `tenant.json`, and what [`Emulator::furnish`] writes.
    ///
    /// In `tenant.json` are the origins of the services, and all variables under `environments`.
    ///
    /// # Errors
    ///
    /// If the folder cannot be made or written to.
    pub fn write_folder(&self, folder: &Path) -> io::Result<()> {
        std::fs::create_dir_all(folder)?;
        std::fs::write(folder.join("ca.pem"), self.ca_pem())?;
        let app = self.world.tenant.apps.first().map(|app| app.id.as_str());
        let facts = json!({
            "app_id": app,
            "tenant_id": self.world.tenant.id,
            "organization": self.world.tenant.initial_domain,
            "login": self.login_origin(),
            "login_localhost": self.plain_login_origin(),
            "exchange": self.exchange_origin(),
            "compliance": self.compliance_origin(),
            "graph": self.graph_origin(),
            "machine": self.machine_url(),
            "environments": self.furnish(folder)?,
        });
        std::fs::write(folder.join("tenant.json"), format!("{facts:#}\n"))
    }

    /// Makes a token of another issuer, by the tenant's clock.
    ///
    /// # Errors
    ///
    /// [`Error::Keys`] if the machine refuses randomness.
    pub fn foreign_token(&self, token: &ForeignToken) -> Result<String, Error> {
        let claims = token.claims(self.world.clock.now(), &self.world.fresh_guid());
        let made = self.world.foreign_keys.token(&claims, token.stranger);
        made.ok_or_else(|| Error::Keys("no key could be made".into()))
    }

    /// The origin of a key vault by its name; `https://localhost:PORT` is the first vault as well.
    pub fn vault_url(&self, name: &str) -> String {
        format!("https://{name}.vault.localhost:{}", self.port())
    }

    /// The SHA-1 thumbprint of the server's certificate, which clients of Service Fabric pin.
    pub fn server_thumbprint(&self) -> &str {
        &self.thumbprint
    }
}

impl Tenant {
    /// Adds every other way in which an app can prove itself, with the permissions and roles of the first app.
    ///
    /// A machine with a system-assigned managed identity; a key vault `contoso` with a certificate `signing` that
    /// the first app and the identity may use; federated credentials of the first app for a job of GitHub Actions,
    /// a job of Azure Pipelines, a pod and the managed identity.
    ///
    /// # Errors
    ///
    /// [`Error::Keys`] if the machine refuses randomness.
    pub fn surroundings(mut self) -> Result<Self, Error> {
        let signing = VaultCertificate::generate("signing")?;
        let permissions = [VaultPermission::CertificatesGet, VaultPermission::SecretsGet, VaultPermission::KeysSign];
        let pipelines = pipelines_issuer(&self.id);
        let machine = machine::issuer(&self);
        let audience = exchange_audience(self.cloud);
        let trust = |issuer: &str, subject: &str| FederatedCredential::new(issuer, subject).audience(audience);
        if let Some(first) = self.apps.first_mut() {
            let mut identity = App::new(IDENTITY)
                .display_name("reports-vm")
                .managed_identity(ManagedIdentity::system_assigned())
                .vault_access("contoso", permissions);
            identity.permissions.clone_from(&first.permissions);
            identity.roles.clone_from(&first.roles);
            identity.role_groups.clone_from(&first.role_groups);
            *first = first
                .clone()
                .certificate_der(signing.der())
                .vault_access("contoso", permissions)
                .federated(trust(GITHUB, REPOSITORY))
                .federated(trust(&pipelines, SERVICE_CONNECTION))
                .federated(trust(CLUSTER, POD))
                .federated(trust(&machine, &identity.object_id()));
            self.apps.push(identity);
        }
        let vault = Vault::new("contoso").certificate(signing);
        Ok(self.vault(vault).github_job(REPOSITORY).pipelines_job(CONNECTION, SERVICE_CONNECTION))
    }
}

fn variables<const N: usize>(pairs: [(&str, String); N]) -> Variables {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

const CLIENT: &str = "AZURE_CLIENT_ID";
const IDENTITY: &str = "5f0c8e11-2f1f-4a6e-9d53-4c1d7b0f6a52";
const REPOSITORY: &str = "repo:contoso/reports:ref:refs/heads/main";
const CONNECTION: &str = "0c1d7b0f-6a52-4a6e-9d53-2f1f5f0c8e11";
const SERVICE_CONNECTION: &str = "sc://contoso/reports/exchange";
const CLUSTER: &str = "https://oidc.localhost";
const POD: &str = "system:serviceaccount:reports:exoctl";
