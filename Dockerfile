# The emulator in an empty image: one static binary, no shell, no user but a number.
#
#   docker build -t imsx .
#   docker run --rm -p 127.0.0.1:8443:8443 -p 127.0.0.1:8444:8444 --name adobe imsx
#   docker cp adobe:/adobe .        # the credentials, and ca.pem to trust
#
# The binary is the whole program: "docker run --rm imsx help" explains it.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=devel
RUN CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags "-s -w -X main.version=${VERSION}" -o /image/imsx ./cmd/imsx
RUN install -d -m 0700 -o 65532 -g 65532 /image/adobe

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /image/imsx /imsx
COPY --from=build --chown=65532:65532 /image/adobe /adobe
USER 65532:65532
EXPOSE 8443 8444
HEALTHCHECK --interval=2s --timeout=3s --start-period=10s --retries=3 CMD ["/imsx", "emulator", "healthcheck", "--dir", "/adobe", "--timeout", "2s"]
ENTRYPOINT ["/imsx"]
CMD ["emulator", "--dir", "/adobe", "--listen", "0.0.0.0:8443", "--aem-listen", "0.0.0.0:8444"]
