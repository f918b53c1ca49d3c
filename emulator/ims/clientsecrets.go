package ims

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"

	"github.com/imsx/imsx/secret"
)

// AddSecret gives a client one more secret, made up in the form of Adobe's, as the console does. It fails for an unknown
// client and for one that has two already.
func (s *Server) AddSecret(clientID string) (secret.Text, SecretState, error) {
	var b [24]byte
	s.random.fill(b[:])
	text := secret.New("p8e-" + base64.RawURLEncoding.EncodeToString(b[:]))
	state, err := s.AddGivenSecret(clientID, text)
	if err != nil {
		return secret.Text{}, SecretState{}, err
	}
	return text, state, nil
}

// AddGivenSecret is [Server.AddSecret] with a text that is given. It fails for the empty text, too.
func (s *Server) AddGivenSecret(clientID string, text secret.Text) (SecretState, error) {
	if text.IsZero() {
		return SecretState{}, errors.New("the client secret is empty")
	}
	added := clientSecret{text: text}
	s.complete(&added)
	err := s.change(func(r *registry) error {
		err := fmt.Errorf("unknown client %q", clientID)
		r.editClient(clientID, func(c *client) {
			if len(c.secrets) >= maxSecrets {
				err = ErrSecrets
				return
			}
			c.secrets = append(c.secrets, added)
			err = nil
		})
		return err
	})
	if err != nil {
		return SecretState{}, err
	}
	return added.state(), nil
}

// maxSecrets is how many secrets a client may have by Adobe's guide.
const maxSecrets = 2

// ErrSecrets is what AddSecret returns for a client that has as many secrets as it may have.
var ErrSecrets = errors.New("the client has two secrets already")

// RemoveSecret ends a secret of a client, named by its UUID. Tokens got with it stay good.
func (s *Server) RemoveSecret(clientID, uuid string) error {
	return s.change(func(r *registry) error {
		found := false
		r.editClient(clientID, func(c *client) {
			c.secrets = slices.DeleteFunc(c.secrets, func(s clientSecret) bool {
				found = found || s.uuid == uuid
				return s.uuid == uuid
			})
		})
		if !found {
			return fmt.Errorf("client %q has no such secret", clientID)
		}
		return nil
	})
}

// keepSecrets takes over what is known about secrets that old has, too.
func (c *client) keepSecrets(old *client) {
	for i := range c.secrets {
		for _, known := range old.secrets {
			if known.text.Equal(c.secrets[i].text) {
				c.secrets[i] = known
			}
		}
	}
}

// complete gives a new secret its name and date.
func (s *Server) complete(c *clientSecret) {
	if c.usage == nil {
		c.uuid, c.created, c.usage = s.random.hex(16), s.now(), &usage{}
	}
}

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
