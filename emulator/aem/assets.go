package aem

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// The paging of a folder's listing. 20 is what the Assets HTTP API returns when it is not asked for a number.
const (
	defaultLimit = 20
	maxLimit     = 1000
)

// titleProperty is how the Assets HTTP API calls the title in its answers, whatever it was called when it was set.
const titleProperty = "dc:title"

// entity is an asset or a folder in the form of the Assets HTTP API, which is Siren: with the entities that it contains,
// links, a class and properties.
type entity struct {
	Rel        []string       `json:"rel,omitempty"` // of an entity within another
	Entities   []entity       `json:"entities,omitempty"`
	Links      []link         `json:"links"`
	Class      []string       `json:"class"`
	Properties map[string]any `json:"properties"`
}

type link struct {
	Rel  []string `json:"rel"`
	Href string   `json:"href"`
}

func linkTo(rel, href string) link { return link{[]string{rel}, href} }

// origin is the scheme and host that the client sees.
func (c *call) origin() string {
	scheme := "http"
	if c.r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + c.r.Host
}

func (c *call) apiURL(names []string) string {
	return c.origin() + "/api/assets" + escapePath(names) + ".json"
}

func (c *call) contentURL(names []string) string {
	return c.origin() + "/content/dam" + escapePath(names)
}

// services is the service document, from which clients find the assets.
func (c *call) services() *failure {
	return c.answer(http.StatusOK, entity{
		Links:      []link{linkTo("self", c.origin()+"/api.json"), linkTo("assets", c.apiURL(nil))},
		Class:      []string{"core/services"},
		Properties: map[string]any{"name": "api"},
	})
}

// list answers with a folder and its children, or with an asset.
func (c *call) list() *failure {
	names := c.names
	if last := len(names) - 1; last >= 0 {
		names = append(append([]string{}, names[:last]...), strings.TrimSuffix(names[last], ".json"))
	}
	query := c.r.URL.Query()
	offset, limit := number(query.Get("offset"), 0, 1<<30), number(query.Get("limit"), defaultLimit, maxLimit)
	v, ok := c.look(names, offset, limit)
	if !ok {
		return errNotFound
	}
	e := c.entity(v, names)
	if !v.folder {
		return c.answer(http.StatusOK, e)
	}
	for _, child := range v.children {
		e.Entities = append(e.Entities, c.child(child, names))
	}
	page := func(offset int) string { return fmt.Sprintf("%s?offset=%d&limit=%d", c.apiURL(names), offset, limit) }
	if offset > 0 {
		e.Links = append(e.Links, linkTo("prev", page(max(0, offset-limit))))
	}
	if offset+limit < v.total {
		e.Links = append(e.Links, linkTo("next", page(offset+limit)))
	}
	e.Properties["srn:paging"] = map[string]int{"total": v.total, "offset": offset, "limit": limit}
	return c.answer(http.StatusOK, e)
}

// number reads a parameter of the paging. What is not a number in its bounds counts as not given.
func number(text string, otherwise, limit int) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return otherwise
	}
	return min(n, limit)
}

// entity describes what is at names, without its children.
func (c *call) entity(v view, names []string) entity {
	e := entity{Links: []link{linkTo("self", c.apiURL(names))}, Class: []string{"assets/folder"}, Properties: map[string]any{}}
	if len(names) > 0 {
		e.Links = append(e.Links, linkTo("parent", c.apiURL(names[:len(names)-1])))
	}
	properties := make(map[string]any, len(v.properties))
	for name, value := range v.properties {
		properties[name] = value
	}
	e.Properties["name"] = v.name
	if title, ok := v.properties[titleProperty]; ok {
		e.Properties[titleProperty] = title
	}
	if v.folder {
		for name, value := range properties {
			if name != "name" && name != "srn:paging" {
				e.Properties[name] = value
			}
		}
		return e
	}
	e.Class = []string{"assets/asset"}
	e.Links = append(e.Links, linkTo("content", c.contentURL(names)))
	properties["dc:format"] = v.contentType
	properties["dam:size"] = len(v.content)
	properties["dam:sha256"] = v.sha256
	e.Properties["metadata"] = properties
	e.Properties["jcr:created"] = stamp(v.created)
	e.Properties["jcr:lastModified"] = stamp(v.modified)
	if v.createdBy != "" {
		e.Properties["jcr:createdBy"] = v.createdBy
	}
	if v.modifiedBy != "" {
		e.Properties["jcr:lastModifiedBy"] = v.modifiedBy
	}
	return e
}

// child describes a child of the folder at parent, with some of its properties, as a listing does.
func (c *call) child(v view, parent []string) entity {
	names := append(append([]string{}, parent...), v.name)
	e := entity{
		Rel: []string{"child"}, Links: []link{linkTo("self", c.apiURL(names))}, Class: []string{"assets/folder"},
		Properties: map[string]any{"name": v.name},
	}
	if title, ok := v.properties[titleProperty]; ok {
		e.Properties[titleProperty] = title
	}
	if !v.folder {
		e.Class = []string{"assets/asset"}
		e.Links = append(e.Links, linkTo("content", c.contentURL(names)))
		e.Properties["metadata"] = map[string]any{"dc:format": v.contentType, "dam:size": len(v.content)}
	}
	return e
}

// siren is a document that creates a folder or changes properties.
type siren struct {
	Class      json.RawMessage            `json:"class"` // a text, or an array of texts
	Properties map[string]json.RawMessage `json:"properties"`
}
