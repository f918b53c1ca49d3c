package aem

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
)

// What an upload can be refused for, besides the errors of the repository.
var (
	errManyProperties = errors.New("there are too many properties")
	errBadBody        = errors.New("the request body cannot be read")
)

// create makes a folder or an asset: POST of the Assets HTTP API. The kind follows from the content type: JSON is a
// folder, a form with a file is an asset, a form without one is a folder, and anything else is an asset's content.
func (c *call) create() *failure {
	if len(c.names) == 0 {
		return errExists // the root
	}
	mediaType, parameters, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil {
		mediaType = ""
	}
	switch {
	case mediaType == "application/json":
		return c.createFromJSON()
	case mediaType == "multipart/form-data":
		return c.createFromForm(parameters["boundary"])
	case mediaType == "application/x-www-form-urlencoded":
		return c.createFromFields()
	case mediaType == "" && c.r.ContentLength == 0:
		return c.createFolder(formOf(c.r.URL.Query()))
	}
	content, failure := c.readContent(c.r.Body)
	if failure != nil {
		return failure
	}
	return c.createAsset(form{name: c.r.URL.Query().Get("name"), hasFile: true, contentType: c.r.Header.Get("Content-Type"), content: content})
}

// createFromJSON makes a folder from its Siren document.
func (c *call) createFromJSON() *failure {
	document, failure := c.readSiren()
	if failure != nil {
		return failure
	}
	f := formOf(c.r.URL.Query())
	for name, value := range document.Properties {
		f.set(name, value)
	}
	return c.createFolder(f)
}

// createFromFields makes a folder from an urlencoded form.
func (c *call) createFromFields() *failure {
	body, err := readAll(c.r.Body, maxFields)
	if err != nil {
		return failureOf(err)
	}
	fields, err := url.ParseQuery(string(body))
	if err != nil {
		return errBody
	}
	f := formOf(c.r.URL.Query())
	f.addAll(fields)
	return c.createFolder(f)
}

// createFromForm makes an asset, or a folder if there is no file in the form.
func (c *call) createFromForm(boundary string) *failure {
	f := formOf(c.r.URL.Query())
	if err := c.readForm(boundary, &f); err != nil {
		c.server.budget.release(int64(len(f.content)))
		return failureOf(err)
	}
	if f.hasFile {
		return c.createAsset(f)
	}
	return c.createFolder(f)
}

// target is the folder and the name that a creation is for: the path's last name, or if that is "*" the one in the form.
func (c *call) target(f form) (parent []string, name string, err error) {
	last := len(c.names) - 1
	parent, name = c.names[:last], c.names[last]
	if name == "*" {
		name = f.name
		if name == "" {
			name = f.fileName
		}
	}
	if len(parent)+1 > maxDepth {
		return nil, "", errPath
	}
	return parent, name, checkName(name)
}

func (c *call) createFolder(f form) *failure {
	parent, name, err := c.target(f)
	if err != nil {
		return failureOf(err)
	}
	n := newFolder(name, c.now())
	n.createdBy, n.modifiedBy = c.user.Login, c.user.Login
	if n.properties, err = f.checked(); err != nil {
		return failureOf(err)
	}
	err = c.insert(parent, n)
	if errors.Is(err, errParent) {
		return errNoParentFolder // as documented
	}
	if err != nil {
		return failureOf(err)
	}
	return c.created(parent, name)
}

// createAsset puts an asset into the repository. The bytes of its content are reserved.
func (c *call) createAsset(f form) *failure {
	parent, name, err := c.target(f)
	properties, propertiesErr := f.checked()
	if err = errors.Join(err, propertiesErr); err != nil {
		c.server.budget.release(int64(len(f.content)))
		return failureOf(err)
	}
	n := newAsset(name, typeOf(f.contentType, name), f.content, c.now())
	n.createdBy, n.modifiedBy, n.properties = c.user.Login, c.user.Login, properties
	if err := c.insert(parent, n); err != nil {
		return failureOf(err)
	}
	return c.created(parent, name)
}

// created answers 201.
func (c *call) created(parent []string, name string) *failure {
	names := append(append([]string{}, parent...), name)
	location := c.apiURL(names)
	c.w.Header().Set("Location", location)
	answer := coreResponse(c.r, http.StatusCreated, "Created")
	answer.Properties.Location, answer.Properties.Parent = location, c.apiURL(parent)
	return c.answer(http.StatusCreated, answer)
}

// put changes the properties of what is there, from JSON, or an asset's content, from anything else.
func (c *call) put() *failure {
	var err error
	if mediaType, _, _ := mime.ParseMediaType(c.r.Header.Get("Content-Type")); mediaType == "application/json" {
		document, failure := c.readSiren()
		if failure != nil {
			return failure
		}
		var properties map[string]json.RawMessage
		if properties, err = checkProperties(document.Properties); err == nil {
			err = c.update(c.names, properties, c.user.Login)
		}
	} else {
		if len(c.names) == 0 {
			return errNotAsset
		}
		content, failure := c.readContent(c.r.Body)
		if failure != nil {
			return failure
		}
		name := c.names[len(c.names)-1]
		n := newAsset(name, typeOf(c.r.Header.Get("Content-Type"), name), content, c.now())
		n.modifiedBy = c.user.Login
		err = c.replace(c.names, n)
	}
	if err != nil {
		return failureOf(err)
	}
	return c.answer(http.StatusOK, coreResponse(c.r, http.StatusOK, "OK"))
}

// remove deletes an asset or a folder with all that it contains.
func (c *call) remove() *failure {
	if len(c.names) == 0 {
		return errRoot
	}
	if err := c.Instance.remove(c.names); err != nil {
		return failureOf(err)
	}
	return c.answer(http.StatusOK, coreResponse(c.r, http.StatusOK, "OK"))
}

// readContent reads an asset's content, whose bytes are then reserved.
func (c *call) readContent(r io.Reader) ([]byte, *failure) {
	if c.r.ContentLength > c.server.maxAsset+maxFields {
		return nil, errBig
	}
	content, err := c.server.budget.read(r, c.server.maxAsset)
	if err != nil {
		return nil, failureOf(err)
	}
	return content, nil
}

// readSiren reads a JSON document.
func (c *call) readSiren() (siren, *failure) {
	body, err := readAll(c.r.Body, maxFields)
	if err != nil {
		return siren{}, failureOf(err)
	}
	var document siren
	if json.Unmarshal(body, &document) != nil {
		return siren{}, badRequest("the request body is not a Siren document in JSON")
	}
	return document, nil
}

// failureOf is the answer to an error of this package. What is none of them is a body that could not be read.
func failureOf(err error) *failure {
	switch {
	case errors.Is(err, errPath), errors.Is(err, errManyProperties), errors.Is(err, errProperty):
		return badRequest(err.Error())
	case errors.Is(err, ErrNotFound):
		return errNotFound
	case errors.Is(err, errConflict):
		return errExists
	case errors.Is(err, errIsFolder):
		return errNotAsset
	case errors.Is(err, errParent):
		return errNoParent
	case errors.Is(err, errTooLarge):
		return errBig
	case errors.Is(err, errNoRoom):
		return errFull
	}
	return errBody
}
