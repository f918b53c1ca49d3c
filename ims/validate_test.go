package ims_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/imsx/imsx/ims"
	"github.com/imsx/imsx/secret"
)

func TestValidateOnTheWire(t *testing.T) {
	t.Parallel()
	created := time.UnixMilli(1_700_000_000_123)
	access := accessToken(created, 24*time.Hour)
	var got sent
	client := serve(t, record(&got, 200, `{"valid":true,"token":{"id":"i","type":"access_token","client_id":"c","user_id":"u@techacct.adobe.com",
		"as":"ims-na1","created_at":"1700000000123","expires_in":"86400000"}}`))
	v, err := client.Validate(t.Context(), ims.ValidateRequest{Token: secret.New(access)})
	if err != nil {
		t.Fatal(err)
	}
	want := url.Values{"type": {"access_token"}, "client_id": {testClient}, "token": {access}}
	if diff := cmp.Diff(want, got.Form); diff != "" || got.Path != "/ims/validate_token/v1" || got.Header["X-Ims-Clientid"] != testClient {
		t.Errorf("request %+v (-want +got):\n%s", got, diff)
	}
	if !v.Valid || v.Reason != "" || v.DebugID != "debug-1" || v.Claims.ClientID != "c" || v.Claims.Server != "ims-na1" || v.Claims.Header != nil {
		t.Errorf("validation is %+v", v)
	}
	if !v.Claims.CreatedAt.Equal(created) || !v.Claims.ExpiresAt.Equal(created.Add(24*time.Hour)) {
		t.Errorf("times are %v and %v", v.Claims.CreatedAt, v.Claims.ExpiresAt)
	}
}

func TestValidateAnswers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, body string
		valid      bool
		reason     string
		bad        bool
	}{
		{"valid", `{"valid":true}`, true, "", false},
		{"valid as a string", `{"valid":"true","reason":"ignored"}`, true, "", false},
		{"invalid", `{"valid":false,"reason":"bad_signature"}`, false, "bad_signature", false},
		{"invalid with claims", `{"valid":"false","reason":"expired","token":{"id":"x"}}`, false, "expired", false},
		{"claims of another kind", `{"valid":true,"token":"text"}`, true, "", false},
		{"does not say", `{"reason":"x"}`, false, "", true},
		{"null", `{"valid":null}`, false, "", true},
		{"number", `{"valid":1}`, false, "", true},
		{"HTML", `<html>`, false, "", true},
		{"empty", ``, false, "", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			req := ims.ValidateRequest{Token: secret.New("opaque-token"), ClientID: testClient}
			v, err := serve(t, reply(200, tt.body)).Validate(t.Context(), req)
			if tt.bad {
				wantCause(t, err, ims.CauseMalformedAnswer)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if v.Valid != tt.valid || v.Reason != tt.reason {
				t.Errorf("validation is %v %q, want %v %q", v.Valid, v.Reason, tt.valid, tt.reason)
			}
		})
	}
}

func TestValidateRefused(t *testing.T) {
	t.Parallel()
	req := ims.ValidateRequest{Token: secret.New("opaque-token"), ClientID: testClient}
	_, err := serve(t, reply(401, refusal("invalid_token", "opaque-token is not valid"))).Validate(t.Context(), req)
	if e := wantCause(t, err, ims.CauseInvalidToken); e.Op != "validate" || e.Description != "[redacted] is not valid" {
		t.Errorf("error is %+v", *e)
	}
}

func TestReasonIsCleaned(t *testing.T) {
	t.Parallel()
	req := ims.ValidateRequest{Token: secret.New("opaque-token"), ClientID: testClient}
	v, err := serve(t, reply(200, `{"valid":false,"reason":"\u001b[31mopaque-token\u202e\nbad"}`)).Validate(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	if v.Reason != "[31m[redacted] bad" {
		t.Errorf("reason is %q", v.Reason)
	}
}

func TestInvalidateOnTheWire(t *testing.T) {
	t.Parallel()
	for _, status := range []int{200, 204} {
		var got sent
		client := serve(t, record(&got, status, ""))
		req := ims.InvalidateRequest{Token: secret.New("opaque-token"), ClientID: testClient, ClientSecret: secret.New(testSecret)}
		if err := client.Invalidate(t.Context(), req); err != nil {
			t.Fatal(err)
		}
		want := url.Values{
			"token_type": {"access_token"}, "client_id": {testClient}, "client_secret": {testSecret}, "token": {"opaque-token"},
		}
		if diff := cmp.Diff(want, got.Form); diff != "" || got.Path != "/ims/invalidate_token/v2" || got.Header["X-Ims-Clientid"] != testClient {
			t.Errorf("request %+v (-want +got):\n%s", got, diff)
		}
	}
}

func TestInvalidateWithoutSecret(t *testing.T) {
	t.Parallel()
	var got sent
	client := serve(t, record(&got, 400, refusal("invalid_client", "invalid client_secret parameter")))
	err := client.Invalidate(t.Context(), ims.InvalidateRequest{Token: secret.New(accessToken(time.Now(), time.Hour))})
	wantCause(t, err, ims.CauseWrongSecret)
	if got.Form.Has("client_secret") || !strings.EqualFold(got.Form.Get("client_id"), testClient) {
		t.Errorf("request is %v", got.Form)
	}
}
