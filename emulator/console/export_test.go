package console

// Operations lists the operations of the control API, "GET /_imsx/health", as the OpenAPI document must have them.
func (s *Server) Operations() []string {
	var all []string
	for _, rt := range s.routes() {
		all = append(all, rt.method+" "+Prefix+rt.path)
	}
	return all
}

// OpenAPI is the embedded document.
func OpenAPI() []byte { return openAPI }

// Explain is what the decoder says about a text.
func (s *Server) Explain(text string) (kind, word, verdict string) {
	e := s.explain(text)
	return e.Kind, e.Word, e.Verdict
}

// Ladder is the usual checks of a route or grant of the identity service.
func Ladder(name string) []string { return ladders[name] }
