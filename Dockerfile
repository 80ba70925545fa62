# One machine in one container. docs/setup.md says how to run it, and what of this has been tried.

FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev make && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
# Deployments run on Orleans, and fail here without it.
RUN dotnet publish src/Silo/Sandbox.Silo.csproj -c Release -p:GrainEngine=orleans -o /app

FROM mcr.microsoft.com/dotnet/aspnet:10.0 AS dotnet

FROM debian:bookworm-slim
# runsc comes from the backports suite of the mirror that the image's own first source names: bookworm's own is too old.
RUN awk -v RS= 'NR == 1' /etc/apt/sources.list.d/debian.sources | sed 's/^Suites:.*/Suites: bookworm-backports/' \
        > /etc/apt/sources.list.d/sandbox-backports.sources \
    && apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates libssl3 libstdc++6 mmdebstrap tini zlib1g zstd \
    && apt-get install -y --no-install-recommends -t bookworm-backports runsc \
    && rm -rf /var/lib/apt/lists/* \
    && install -d -m 0700 /var/lib/sandbox
COPY --from=dotnet /usr/share/dotnet /usr/share/dotnet
COPY --from=build /app /app
ENV PATH=$PATH:/usr/share/dotnet DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1
VOLUME /var/lib/sandbox
# The base template needs mounts to be built, which no image build allows; it is made at the first start and stays in the volume.
ENTRYPOINT ["/usr/bin/tini", "--", "/bin/sh", "-c", "\
    dotnet /app/Sandbox.Silo.dll template build base --data /var/lib/sandbox \
    && exec dotnet /app/Sandbox.Silo.dll serve --port 8080 --data /var/lib/sandbox"]
