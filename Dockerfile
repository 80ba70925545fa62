# A silo with its gateway, or a gateway alone: `serve` is what it does by itself, and `gateway ...` is the other. deploy/ says how to run it; what its steps run is in deploy/image.

ARG DOTNET=10.0.12
ARG DEBIAN=12.12-slim

FROM mcr.microsoft.com/dotnet/sdk:10.0.401 AS build
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev make && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
# Deployments run on Orleans, and fail here without it. The guest agent is compiled with the server.
RUN dotnet publish src/Silo/Sandbox.Silo.csproj -c Release -p:GrainEngine=orleans -o /app

FROM mcr.microsoft.com/dotnet/aspnet:${DOTNET} AS dotnet

FROM debian:${DEBIAN}
COPY deploy/image/system.sh deploy/image/runsc.sh deploy/image/template.sh /usr/local/lib/sandbox/
RUN /usr/local/lib/sandbox/system.sh
ARG RUNSC=20250820
RUN /usr/local/lib/sandbox/runsc.sh "$RUNSC"
COPY --from=dotnet /usr/share/dotnet /usr/share/dotnet
COPY --from=build /app /app
ENV PATH=$PATH:/usr/share/dotnet DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 DOTNET_gcServer=0
RUN /usr/local/lib/sandbox/template.sh

LABEL org.opencontainers.image.title="Sandbox" \
      org.opencontainers.image.description="A self-hosted platform that runs untrusted code in gVisor"
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=6 \
    CMD ["curl", "--fail", "--silent", "--output", "/dev/null", "http://127.0.0.1:8080/healthz"]
# PID 1 reaps what runsc leaves, and passes signals on.
ENTRYPOINT ["/usr/bin/tini", "--", "dotnet", "/app/Sandbox.Silo.dll"]
CMD ["serve", "--port", "8080", "--data", "/var/lib/sandbox"]
