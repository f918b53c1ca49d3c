package aem

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The direct binary upload is how AEM as a Cloud Service takes files: a client announces them to a folder, sends the parts
// of each to a blob store, and asks for the assets to be made. Here the host is the blob store as well.
const (
	initiateSuffix = ".initiateUpload.json"
	completeSuffix = ".completeUpload.json"
	blobStore      = "blobstore"

	minPart    = 1 << 20
	maxPart    = 8 << 20
	maxFiles   = 100            // in one announcement
	maxPending = 1000           // announced files of a host; the oldest is dropped for a new one
	pendingFor = 24 * time.Hour // how long a file may be announced
)

var errUpload = errors.New("the upload is not complete, or not known")

// pending is a file that was announced. Its parts are reserved, and nodeCost for itself.
type pending struct {
	id        string
	signature string // in the URLs of the parts
	folder    string // the path of the folder, as the announcement named it
	name      string
	size      int64
	parts     [][]byte // nil for those that have not come
	at        time.Time
}

func (p *pending) cost() int64 {
	cost := int64(nodeCost)
	for _, part := range p.parts {
		cost += int64(len(part))
	}
	return cost
}

// direct returns the route of an announcement or a completion, if the path is one's, and the names of the folder.
func direct(method string, names []string) (route, []string, bool) {
	if method != http.MethodPost || len(names) < 2 || names[0] != "content" {
		return route{}, nil, false
	}
	last := len(names) - 1
	for suffix, serve := range map[string]func(*call) *failure{
		initiateSuffix: (*call).initiate, completeSuffix: (*call).complete,
	} {
		name, ok := strings.CutSuffix(names[last], suffix)
		path := append(slices.Clone(names[:last]), name)
		if ok && path[1] == "dam" {
			return route{name: "/content/dam" + suffix, need: rightWrite, serve: serve}, path[2:], true
		}
	}
	return route{}, nil, false
}

// announced is the answer to an announcement.
type announced struct {
	CompleteURI string          `json:"completeURI"`
	FolderPath  string          `json:"folderPath"`
	Files       []announcedFile `json:"files"`
}

type announcedFile struct {
	Name        string   `json:"fileName"`
	MIMEType    string   `json:"mimeType"`
	UploadToken string   `json:"uploadToken"`
	UploadURIs  []string `json:"uploadURIs"`
	MinPartSize int64    `json:"minPartSize"`
	MaxPartSize int64    `json:"maxPartSize"`
}

// initiate takes the announcement of files: fileName and fileSize, as often as there are files.
func (c *call) initiate() *failure {
	fields, failure := c.readFields()
	if failure != nil {
		return failure
	}
	files, sizes := fields["fileName"], fields["fileSize"]
	if len(files) == 0 || len(files) != len(sizes) || len(files) > maxFiles {
		return badRequest("there is not one fileSize for each fileName, or there are more than 100")
	}
	if v, ok := c.look(c.names, 0, 0); !ok || !v.folder {
		return errNotFound
	}
	folder := "/content/dam" + escapePath(c.names)
	answer := announced{CompleteURI: c.origin() + folder + completeSuffix, FolderPath: folder}
	for n, name := range files {
		size, err := strconv.ParseInt(sizes[n], 10, 64)
		if err != nil || size < 0 || checkName(name) != nil || len(c.names)+1 > maxDepth {
			return badRequest("a fileName or a fileSize is malformed")
		}
		if size > c.server.maxAsset {
			return errBig
		}
		p, err := c.announce(folder, name, size)
		if err != nil {
			return failureOf(err)
		}
		answer.Files = append(answer.Files, c.describe(p))
	}
	return c.answer(http.StatusCreated, answer)
}

// describe tells the client where the parts of a file go.
func (c *call) describe(p *pending) announcedFile {
	f := announcedFile{
		Name: p.name, MIMEType: typeOf("", p.name), UploadToken: p.id + "--" + p.signature, MinPartSize: minPart, MaxPartSize: maxPart,
	}
	for n := range p.parts {
		f.UploadURIs = append(f.UploadURIs, fmt.Sprintf("%s/%s/%s/%d?sig=%s", c.origin(), blobStore, p.id, n, p.signature))
	}
	return f
}

// announce remembers a file, and forgets those that are too old or too many.
func (i *Instance) announce(folder, name string, size int64) (*pending, error) {
	var random [24]byte
	_, _ = rand.Read(random[:])
	p := &pending{
		id: hex.EncodeToString(random[:8]), signature: hex.EncodeToString(random[8:]), folder: folder, name: name, size: size,
		parts: make([][]byte, max(1, (size+maxPart-1)/maxPart)), at: i.now(),
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	for len(i.pending) > 0 && (len(i.pending) >= maxPending || p.at.Sub(i.pending[0].at) > pendingFor) {
		i.server.budget.release(i.pending[0].cost())
		i.pending = slices.Delete(i.pending, 0, 1)
	}
	if !i.server.budget.reserve(p.cost()) {
		return nil, errNoRoom
	}
	i.pending = append(i.pending, p)
	return p, nil
}

// announcedFile returns a file by its id and signature. The mutex is held.
func (i *Instance) announcedFile(id, signature string) *pending {
	for _, p := range i.pending {
		if p.id == id && subtle.ConstantTimeCompare([]byte(p.signature), []byte(signature)) == 1 {
			return p
		}
	}
	return nil
}

// part takes a part of a file. Like that of a blob store, the URL is all that is needed.
func (c *call) part() *failure {
	if c.r.Method != http.MethodPut {
		return wrongMethod("PUT")
	}
	number, err := strconv.Atoi(c.names[1])
	signature := c.r.URL.Query().Get("sig")
	c.mu.RLock()
	p := c.announcedFile(c.names[0], signature)
	known := p != nil && err == nil && number >= 0 && number < len(p.parts)
	c.mu.RUnlock()
	if !known {
		return errForbidden
	}
	content, err := c.server.budget.read(c.r.Body, maxPart)
	if err != nil {
		return failureOf(err)
	}
	if !c.keep(p, number, content) {
		return errForbidden
	}
	c.w.WriteHeader(http.StatusCreated)
	return nil
}

// keep gives a file one of its parts, whose bytes are reserved. It reports whether the file is still announced.
func (i *Instance) keep(p *pending, number int, content []byte) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if !slices.Contains(i.pending, p) {
		i.server.budget.release(int64(len(content)))
		return false
	}
	i.server.budget.release(int64(len(p.parts[number])))
	p.parts[number] = content
	return true
}

// complete makes an asset of the parts that came.
func (c *call) complete() *failure {
	fields, failure := c.readFields()
	if failure != nil {
		return failure
	}
	id, signature, _ := strings.Cut(fields.Get("uploadToken"), "--")
	p := c.claim(id, signature, "/content/dam"+escapePath(c.names), fields.Get("fileName"))
	if p == nil {
		return badRequest(errUpload.Error())
	}
	n := newAsset(p.name, typeOf(fields.Get("mimeType"), p.name), slices.Concat(p.parts...), c.now())
	n.createdBy, n.modifiedBy = c.user.Login, c.user.Login
	replace := fields.Get("replace") == "true" || fields.Get("createVersion") == "true"
	if err := c.adopt(p, n, replace); err != nil {
		return failureOf(err)
	}
	return c.answer(http.StatusOK, struct{}{})
}

// claim takes a file out of the announced ones, if all of its bytes came.
func (i *Instance) claim(id, signature, folder, name string) *pending {
	i.mu.Lock()
	defer i.mu.Unlock()
	p := i.announcedFile(id, signature)
	if p == nil || p.folder != folder || p.name != name || p.cost() != nodeCost+p.size {
		return nil
	}
	i.pending = slices.DeleteFunc(i.pending, func(q *pending) bool { return q == p })
	return p
}

// adopt puts the asset of a claimed file into the repository. The bytes of its parts are the asset's from then on; if it
// fails, the file is as it was before the claim.
func (c *call) adopt(p *pending, n *node, replace bool) error {
	i := c.Instance
	i.mu.Lock()
	defer i.mu.Unlock()
	folder, _ := i.tree.find(c.names)
	if there := folder.child(n.name); there != nil && replace && !there.isFolder() {
		i.server.budget.release(int64(len(there.content)))
		there.refill(n)
	} else if err := i.insertLocked(c.names, n); err != nil {
		i.pending = slices.Insert(i.pending, 0, p)
		return err
	}
	i.server.budget.release(nodeCost)
	return nil
}

// readFields reads the fields of a form of either kind, without those of the query.
func (c *call) readFields() (url.Values, *failure) {
	mediaType, parameters, _ := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	fields := url.Values{}
	if mediaType == "multipart/form-data" {
		err := c.eachPart(parameters["boundary"], maxParts+2*maxFiles, func(p formPart) error {
			fields.Add(p.name, p.value)
			return nil
		})
		if err != nil {
			return nil, failureOf(err)
		}
		return fields, nil
	}
	body, err := readAll(c.r.Body, maxFields)
	if err != nil {
		return nil, failureOf(err)
	}
	if fields, err = url.ParseQuery(string(body)); err != nil {
		return nil, errBody
	}
	return fields, nil
}
