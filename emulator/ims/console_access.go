package ims

import "github.com/imsx/imsx/secret"

// ClientSecrets returns a client's live secrets in the order in which they were added, for files that hold them. It
// returns nil for an unknown client and for one without secrets.
func (s *Server) ClientSecrets(clientID string) []secret.Text {
	c, ok := s.current.Load().clients.get(clientID)
	if !ok {
		return nil
	}
	var texts []secret.Text
	for _, x := range c.secrets {
		texts = append(texts, x.text)
	}
	return texts
}
