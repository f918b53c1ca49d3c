package console

import (
	"errors"
	"net/http"

	"github.com/imsx/imsx/emulator/aem"
)

// aemRoutes are the operations about the hosts of AEM. {environment} is like p1-e2, {tier} is author or publish.
var aemRoutes = []route{
	{method: "GET", path: "aem", serve: (*call).hosts},
	{method: "POST", path: "aem", status: http.StatusCreated, serve: (*call).addEnvironment},
	{method: "GET", path: "aem/{environment}/{tier}", serve: (*call).host},
	{method: "PATCH", path: "aem/{environment}/{tier}", serve: (*call).changeHost},
	{method: "POST", path: "aem/{environment}/{tier}/users", status: http.StatusCreated, serve: (*call).addUser},
	{method: "DELETE", path: "aem/{environment}/{tier}/users/{user}", status: http.StatusNoContent, serve: (*call).deleteUser},
	{method: "PUT", path: "aem/{environment}/{tier}/users/{user}/groups/{group}", serve: (*call).joinGroup},
	{method: "DELETE", path: "aem/{environment}/{tier}/users/{user}/groups/{group}", serve: (*call).leaveGroup},
	{method: "PUT", path: "aem/{environment}/{tier}/allow-list/{client}", serve: (*call).allowClient},
	{method: "DELETE", path: "aem/{environment}/{tier}/allow-list/{client}", serve: (*call).disallowClient},
}

func (c *call) hosts() (any, *problem) {
	return map[string]any{"hosts": nonNil(c.cfg.AEM.Snapshot()), "groups": aem.Groups()}, nil
}

func (c *call) addEnvironment() (any, *problem) {
	var in struct {
		Environment  aem.EnvironmentID `json:"environment"`
		Organization string            `json:"organization"`
	}
	if p := readJSON(c.w, c.r, &in); p != nil {
		return nil, p
	}
	if err := c.cfg.AEM.AddEnvironment(in.Environment, in.Organization); err != nil {
		return nil, refused(err)
	}
	return c.hosts()
}

// onHost gives the host that the path names to f, and answers with its state.
func (c *call) onHost(f func(*aem.Instance) error) (any, *problem) {
	environment, tier := c.r.PathValue("environment"), c.r.PathValue("tier")
	host, ok := c.cfg.AEM.Instance(aem.EnvironmentID(environment), aem.Tier(tier))
	if !ok {
		return nil, notFound("host", environment+"/"+tier, "aem")
	}
	switch err := f(host); {
	case errors.Is(err, aem.ErrNotFound):
		return nil, &problem{http.StatusNotFound, "not_found", err.Error(), "a user exists from its first call on; POST …/users creates one before"}
	case err != nil:
		return nil, refused(err)
	}
	return host.Snapshot(), nil
}

func (c *call) host() (any, *problem) {
	return c.onHost(func(*aem.Instance) error { return nil })
}

func (c *call) changeHost() (any, *problem) {
	var in struct {
		CDNBlock     *bool                  `json:"cdn_block"`
		Open         *bool                  `json:"open"`
		Unauthorized *aem.UnauthorizedStyle `json:"unauthorized"`
	}
	if p := readJSON(c.w, c.r, &in); p != nil {
		return nil, p
	}
	return c.onHost(func(host *aem.Instance) error {
		if in.Unauthorized != nil {
			if err := host.SetUnauthorized(*in.Unauthorized); err != nil {
				return err
			}
		}
		if in.CDNBlock != nil {
			host.SetCDNBlock(*in.CDNBlock)
		}
		if in.Open != nil {
			host.SetOpen(*in.Open)
		}
		return nil
	})
}

func (c *call) addUser() (any, *problem) {
	var in struct {
		Login  string   `json:"login"`
		Groups []string `json:"groups"`
	}
	if p := readJSON(c.w, c.r, &in); p != nil {
		return nil, p
	}
	return c.onHost(func(host *aem.Instance) error { return host.AddUser(in.Login, in.Groups...) })
}

func (c *call) deleteUser() (any, *problem) {
	return c.onHost(func(host *aem.Instance) error { return host.DeleteUser(c.r.PathValue("user")) })
}

func (c *call) joinGroup() (any, *problem) {
	return c.onHost(func(host *aem.Instance) error {
		return host.AddUserToGroup(c.r.PathValue("user"), c.r.PathValue("group"))
	})
}

func (c *call) leaveGroup() (any, *problem) {
	return c.onHost(func(host *aem.Instance) error {
		return host.RemoveUserFromGroup(c.r.PathValue("user"), c.r.PathValue("group"))
	})
}

func (c *call) allowClient() (any, *problem) {
	return c.onHost(func(host *aem.Instance) error { return host.AllowClient(c.r.PathValue("client")) })
}

func (c *call) disallowClient() (any, *problem) {
	return c.onHost(func(host *aem.Instance) error {
		host.DisallowClient(c.r.PathValue("client"))
		return nil
	})
}
