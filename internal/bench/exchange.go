package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/imsx/imsx/secret"
)

// exchanges compares the emulator's rate, over loopback HTTP with connections kept alive, with the rate at which the
// cores could do nothing but the signatures. The client is in the same process and takes its share of the cores.
func exchanges(_ context.Context, a *adobe, e effort) ([]row, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	ready, err := signed(a)
	if err != nil {
		return nil, err
	}
	body := exchangeBody(a, ready)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256}}
	defer client.CloseIdleConnections()
	target := a.URL() + "/ims/exchange/jwt"
	if err := exchange(client, target, body); err != nil {
		return nil, err
	}
	c, err := compare(e, func(b *testing.B) {
		b.SetParallelism(4) // while some wait for an answer, others keep the cores busy
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if err := exchange(client, target, body); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}, verifyAndSign(key))
	if err != nil {
		return nil, err
	}
	share := 1 / c.ratio
	return []row{{
		What: "emulator, exchanges on all cores", Against: "one RSA verification + signature each", Unit: "per s",
		Measured: 1e9 / c.measured, Reference: 1e9 / c.reference, Ratio: share, Target: ">= 0.70", Met: share >= 0.7,
	}}, nil
}

// exchangeBody returns the form with which an assertion is exchanged.
func exchangeBody(a *adobe, assertion secret.Text) string {
	return url.Values{
		"client_id":     {a.account.ClientID},
		"client_secret": {a.account.ClientSecrets[0].Reveal()},
		"jwt_token":     {assertion.Reveal()},
	}.Encode()
}

// exchange makes one exchange and reads its answer.
func exchange(client *http.Client, target, body string) error {
	resp, err := client.Post(target, "application/x-www-form-urlencoded", strings.NewReader(body))
	if err != nil {
		return err
	}
	answer, err := io.ReadAll(resp.Body)
	err = errors.Join(err, resp.Body.Close())
	if err == nil && (resp.StatusCode != http.StatusOK || !bytes.Contains(answer, []byte(`"access_token"`))) {
		err = fmt.Errorf("the emulator answered %s", resp.Status)
	}
	return err
}
