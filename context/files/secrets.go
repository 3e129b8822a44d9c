package files

import (
	"path"
	"strings"
)

// secretNames are patterns of .gitignore for files that hold keys, passwords or tokens by their name. They are never
// read. The list joins what tools that look for leaked secrets and the ignore files of editors name; files that are
// meant to be shared, such as ".env.example", are allowed again.
var secretNames = parsePatterns(`
.env
.env.*
*.env
!.env.example
!.env.sample
!.env.template
!.env.dist
.envrc
*.pem
*.key
*.p12
*.pfx
*.jks
*.keystore
*.ppk
*.kdbx
*.gpg
*.pgp
*.asc
id_rsa*
id_dsa*
id_ecdsa*
id_ed25519*
!*.pub
credentials
credentials.*
*credentials*.json
*service-account*.json
*service_account*.json
client_secret*.json
secrets.yml
secrets.yaml
secrets.json
secrets.toml
*.secret
*.secrets
.npmrc
.yarnrc.yml
.pypirc
.netrc
_netrc
.pgpass
.my.cnf
.htpasswd
.git-credentials
.dockercfg
.docker/config.json
kubeconfig
*.kubeconfig
.kube/
.ssh/
.aws/
.gnupg/
.azure/
*.tfstate
*.tfstate.*
*.tfvars
!*.tfvars.example
.terraformrc
.vault-token
master.key
wp-config.php
`)

// codeExtensions are endings under which a name such as "credentials.go" is code about secrets and not a secret.
var codeExtensions = map[string]bool{".go": true, ".py": true, ".pyi": true, ".ts": true, ".tsx": true, ".js": true, ".jsx": true, ".java": true, ".rs": true,
	".kt": true, ".c": true, ".h": true, ".cpp": true, ".hpp": true, ".cs": true, ".rb": true, ".php": true, ".lua": true, ".scala": true, ".swift": true, ".md": true}

// secret tells whether a path holds secrets by its name; case does not count.
func secret(name string, isDir bool) string {
	name = strings.ToLower(name)
	if codeExtensions[path.Ext(name)] && path.Base(name) != "wp-config.php" {
		return ""
	}
	if secretNames.decide(name, isDir) == ignored {
		return "holds secrets"
	}
	return ""
}
