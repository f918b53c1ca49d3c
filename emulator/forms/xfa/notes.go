package xfa

// maxNotes bounds the notes of a document.
const maxNotes = 100

// notes collects what was left out or approximated, none twice.
type notes struct {
	list []string
	seen map[string]bool
}

func (n *notes) add(sentence string) {
	if n.seen[sentence] || len(n.list) >= maxNotes {
		return
	}
	if n.seen == nil {
		n.seen = map[string]bool{}
	}
	n.seen[sentence] = true
	n.list = append(n.list, sentence)
}
