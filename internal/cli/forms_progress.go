package cli

import (
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/imsx/imsx/internal/bulk"
	"github.com/imsx/imsx/internal/term"
)

// display shows how far a run is.
type display interface {
	// update is called after each document, one call at a time.
	update(bulk.Progress)
	end()
}

// newDisplay returns a bar for a terminal, lines for anything else, and nothing where standard error is for JSON.
func (a *app) newDisplay(total int) display {
	switch {
	case a.flags.json:
		return noDisplay{}
	case term.IsTerminal(a.Stderr) && a.getenv("TERM") != "dumb":
		return newBarDisplay(a, total)
	}
	return &lineDisplay{app: a, last: time.Now()}
}

type noDisplay struct{}

func (noDisplay) update(bulk.Progress) {}
func (noDisplay) end()                 {}

// lineEvery is how often a line tells how far it is.
const lineEvery = 10 * time.Second

// lineDisplay writes a line now and then.
type lineDisplay struct {
	app  *app
	last time.Time
}

func (d *lineDisplay) update(p bulk.Progress) {
	if now := time.Now(); now.Sub(d.last) >= lineEvery {
		d.last = now
		d.app.say("%s", progressLine(p))
	}
}

func (d *lineDisplay) end() {}

func progressLine(p bulk.Progress) string {
	line := fmt.Sprintf("%s of %s (%d%%), %.1f per second, %s", count(p.Finished()), count(p.Total), percent(p), p.Rate, left(p.Left))
	if p.Failed > 0 {
		line += fmt.Sprintf(", %s failed", count(p.Failed))
	}
	return line
}

func percent(p bulk.Progress) int {
	if p.Total == 0 {
		return 0
	}
	return 100 * p.Finished() / p.Total
}

// barDisplay draws a bar. What else is told meanwhile appears above it.
type barDisplay struct {
	app    *app
	stderr io.Writer
	all    *mpb.Progress
	bar    *mpb.Bar
	now    atomic.Pointer[bulk.Progress]
}

const barWidth = 30

func newBarDisplay(a *app, total int) *barDisplay {
	d := &barDisplay{app: a, stderr: a.Stderr}
	d.now.Store(&bulk.Progress{Total: total, Left: -1})
	d.all = mpb.New(mpb.WithOutput(a.Stderr), mpb.WithWidth(barWidth), mpb.WithAutoRefresh())
	d.bar = d.all.AddBar(int64(total), mpb.AppendDecorators(decor.Any(func(decor.Statistics) string {
		return progressLine(*d.now.Load())
	}, decor.WC{})))
	a.Stderr, a.quiet = d.all, true
	return d
}

func (d *barDisplay) update(p bulk.Progress) {
	d.now.Store(&p)
	d.bar.SetCurrent(int64(p.Finished()))
}

// end draws the bar for the last time and gives standard error back.
func (d *barDisplay) end() {
	if !d.bar.Completed() {
		d.bar.Abort(false)
	}
	d.all.Wait()
	d.app.Stderr, d.app.quiet = d.stderr, false
}
