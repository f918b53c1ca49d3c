package aem

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"
)

// node is an asset or a folder of a repository. Only the instance's mutex guards it; content and properties are never
// changed but replaced, so they may be used after the mutex was released.
type node struct {
	name       string
	properties map[string]json.RawMessage
	created    time.Time
	createdBy  string
	modified   time.Time
	modifiedBy string

	children map[string]*node // of a folder; nil for an asset
	order    []*node          // the children in the order of their creation

	content     []byte
	contentType string
	etag        string
	sha256      string
}

func newFolder(name string, now time.Time) *node {
	return &node{name: name, created: now, modified: now, children: map[string]*node{}}
}

// newAsset makes an asset. The content is not copied.
func newAsset(name, contentType string, content []byte, now time.Time) *node {
	sum := sha256.Sum256(content)
	text := hex.EncodeToString(sum[:])
	return &node{
		name: name, created: now, modified: now, content: content, contentType: contentType, sha256: text, etag: `"` + text[:32] + `"`,
	}
}

// refill gives an asset the content of another.
func (n *node) refill(from *node) {
	n.content, n.contentType, n.sha256, n.etag = from.content, from.contentType, from.sha256, from.etag
	n.modified, n.modifiedBy = from.modified, from.modifiedBy
}

func (n *node) isFolder() bool { return n.children != nil }

// find returns the node at names below n.
func (n *node) find(names []string) (*node, bool) {
	for _, name := range names {
		child, ok := n.children[name]
		if !ok {
			return nil, false
		}
		n = child
	}
	return n, true
}

// child returns the child of a folder, nil if there is none. Nil and assets have none.
func (n *node) child(name string) *node {
	if n == nil {
		return nil
	}
	return n.children[name]
}

// add puts a child into a folder, in the place of one of the same name, which it returns.
func (n *node) add(child *node) (replaced *node) {
	replaced, ok := n.children[child.name]
	n.children[child.name] = child
	if ok {
		n.order[slices.Index(n.order, replaced)] = child
		return replaced
	}
	n.order = append(n.order, child)
	return nil
}

// remove takes a child out of a folder.
func (n *node) remove(child *node) {
	delete(n.children, child.name)
	at := slices.Index(n.order, child)
	n.order = slices.Delete(n.order, at, at+1)
}

// overhead is what the node counts for besides its content and its children.
func (n *node) overhead() int64 { return nodeCost + propertiesCost(n.properties) }

// propertiesCost is the memory that properties count for.
func propertiesCost(properties map[string]json.RawMessage) int64 {
	cost := int64(0)
	for name, value := range properties {
		cost += int64(len(name) + len(value) + 64)
	}
	return cost
}

// cost is the memory that the node and all below it count for. The root of a repository counts, too.
func (n *node) cost() int64 {
	cost := n.overhead() + int64(len(n.content))
	for _, child := range n.order {
		cost += child.cost()
	}
	return cost
}

// count counts the assets, folders and bytes of content below n.
func (n *node) count() (assets, folders int, bytes int64) {
	for _, child := range n.order {
		if !child.isFolder() {
			assets++
			bytes += int64(len(child.content))
			continue
		}
		a, f, b := child.count()
		assets, folders, bytes = assets+a, folders+f+1, bytes+b
	}
	return assets, folders, bytes
}

// clone copies the node and all below it; content and properties are shared.
func (n *node) clone() *node {
	c := *n
	if !n.isFolder() {
		return &c
	}
	c.children, c.order = make(map[string]*node, len(n.order)), make([]*node, 0, len(n.order))
	for _, child := range n.order {
		c.add(child.clone())
	}
	return &c
}
