package aem

import (
	"encoding/json"
	"errors"
	"slices"
	"time"
)

// What a change of a repository can fail by, besides errTooLarge and errNoRoom.
var (
	errParent   = errors.New("the parent folder does not exist")
	errConflict = errors.New("an entity exists already at the path")
	errIsFolder = errors.New("there is a folder at the path")
)

// insert puts a new node into a folder. The bytes of its content are reserved already; on failure they are released.
func (i *Instance) insert(parent []string, n *node) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	err := i.insertLocked(parent, n)
	if err != nil {
		i.server.budget.release(int64(len(n.content)))
	}
	return err
}

func (i *Instance) insertLocked(parent []string, n *node) error {
	folder, ok := i.tree.find(parent)
	if !ok || !folder.isFolder() {
		return errParent
	}
	if _, ok := folder.children[n.name]; ok {
		return errConflict
	}
	if !i.server.budget.reserve(n.overhead()) {
		return errNoRoom
	}
	folder.add(n)
	return nil
}

// replace gives the asset at names the content of a new one, whose bytes are reserved already; on failure they are
// released.
func (i *Instance) replace(names []string, from *node) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	n, ok := i.tree.find(names)
	switch {
	case !ok:
		i.server.budget.release(int64(len(from.content)))
		return ErrNotFound
	case n.isFolder():
		i.server.budget.release(int64(len(from.content)))
		return errIsFolder
	}
	i.server.budget.release(int64(len(n.content)))
	n.refill(from)
	return nil
}

// update sets properties of an asset or a folder; a null removes one.
func (i *Instance) update(names []string, properties map[string]json.RawMessage, by string) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	n, ok := i.tree.find(names)
	if !ok {
		return ErrNotFound
	}
	merged := map[string]json.RawMessage{}
	for _, some := range []map[string]json.RawMessage{n.properties, properties} {
		for name, value := range some {
			if string(value) == "null" {
				delete(merged, name)
				continue
			}
			merged[name] = value
		}
	}
	if len(merged) > maxProperties {
		return errManyProperties
	}
	more := propertiesCost(merged) - propertiesCost(n.properties)
	if more > 0 && !i.server.budget.reserve(more) {
		return errNoRoom
	}
	if more < 0 {
		i.server.budget.release(-more)
	}
	n.properties, n.modified, n.modifiedBy = merged, i.now(), by
	return nil
}

// remove deletes an asset, or a folder with all below it.
func (i *Instance) remove(names []string) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	last := len(names) - 1
	parent, _ := i.tree.find(names[:last])
	child := parent.child(names[last])
	if child == nil {
		return ErrNotFound
	}
	parent.remove(child)
	i.server.budget.release(child.cost())
	return nil
}

// graft puts a node that belongs to nobody yet at names, in the place of what is there; a root's children are put one by
// one. It reserves the bytes. An asset does not replace a folder.
func (i *Instance) graft(names []string, n *node) error {
	if len(names) == 0 {
		for _, child := range n.order {
			if err := i.graft([]string{child.name}, child); err != nil {
				return err
			}
		}
		return nil
	}
	if !i.server.budget.reserve(n.cost()) {
		return errNoRoom
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	parent, err := i.makeFolders(names[:len(names)-1])
	if there := parent.child(n.name); err == nil && there != nil && there.isFolder() && !n.isFolder() {
		err = errIsFolder
	}
	if err != nil {
		i.server.budget.release(n.cost())
		return err
	}
	if replaced := parent.add(n); replaced != nil {
		i.server.budget.release(replaced.cost())
	}
	return nil
}

// makeFolders returns the folder at names, with those on the way made where they are missing. The mutex is held.
func (i *Instance) makeFolders(names []string) (*node, error) {
	at := i.tree
	for _, name := range names {
		child, ok := at.children[name]
		switch {
		case !ok:
			if !i.server.budget.reserve(nodeCost) {
				return nil, errNoRoom
			}
			child = newFolder(name, i.now())
			at.add(child)
		case !child.isFolder():
			return nil, errConflict
		}
		at = child
	}
	return at, nil
}

// seed puts one asset at its path.
func (i *Instance) seed(a Asset) error {
	names, err := splitNames(a.Path)
	if err != nil {
		return err
	}
	if len(names) == 0 {
		return errPath
	}
	if int64(len(a.Content)) > i.server.maxAsset {
		return errTooLarge
	}
	last := len(names) - 1
	n := newAsset(names[last], typeOf(a.ContentType, names[last]), slices.Clone(a.Content), i.now())
	if a.Title != "" {
		title, err := json.Marshal(a.Title)
		if err != nil {
			return err
		}
		n.properties = map[string]json.RawMessage{titleProperty: title}
	}
	return i.graft(names, n)
}

// view is a copy of what a node says of itself, for use without the mutex. Of the children it has some.
type view struct {
	name       string
	folder     bool
	properties map[string]json.RawMessage
	created    time.Time
	createdBy  string
	modified   time.Time
	modifiedBy string

	content                   []byte
	contentType, etag, sha256 string

	children []view
	total    int
}

func (n *node) view() view {
	return view{
		name: n.name, folder: n.isFolder(), properties: n.properties, created: n.created, createdBy: n.createdBy,
		modified: n.modified, modifiedBy: n.modifiedBy, content: n.content, contentType: n.contentType, etag: n.etag,
		sha256: n.sha256, total: len(n.order),
	}
}

// look returns the node at names, with the children from offset on, at most limit of them.
func (i *Instance) look(names []string, offset, limit int) (view, bool) {
	i.mu.RLock()
	defer i.mu.RUnlock()
	n, ok := i.tree.find(names)
	if !ok {
		return view{}, false
	}
	v := n.view()
	if offset < len(n.order) {
		for _, child := range n.order[offset:min(len(n.order), offset+limit)] {
			v.children = append(v.children, child.view())
		}
	}
	return v, true
}
