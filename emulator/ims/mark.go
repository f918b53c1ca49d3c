package ims

// mark is everything that Reset brings back.
type mark struct {
	registry *registry
	settings *settings
	keyring  *keyring
	counters [2]int64
	revoked  map[tokenKey]int64
	pending  map[tokenKey]authorization
	sessions map[tokenKey]session
}

// Mark remembers the state as it is: everything configured, the settings, the signing keys, what was revoked and the
// counters. [Server.Reset] comes back to it. New marks the empty server.
func (s *Server) Mark() {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.mark.Store(&mark{
		registry: s.current.Load().frozen(),
		settings: s.settings.Load(),
		keyring:  s.keyring.Load(),
		counters: [2]int64{s.counters.refused.Load(), s.counters.issued.Load()},
		revoked:  s.revoked.snapshot(),
		pending:  s.pending.snapshot(),
		sessions: s.sessions.snapshot(),
	})
}

// Reset brings back the state of the last [Server.Mark]. Tokens issued since then stay good if their key is one of the
// mark's, because a token is judged by what it says. The clock is not the server's to reset.
func (s *Server) Reset() {
	s.writing.Lock()
	defer s.writing.Unlock()
	m := s.mark.Load()
	s.current.Store(m.registry.frozen())
	s.settings.Store(m.settings)
	s.keyring.Store(m.keyring)
	s.counters.refused.Store(m.counters[0])
	s.counters.issued.Store(m.counters[1])
	s.revoked.restore(m.revoked)
	s.pending.restore(m.pending)
	s.sessions.restore(m.sessions)
}
