# The app in production, as an unprivileged user, with the locked dependencies and no development dependencies.
#   docker build -t my-app .
# It speaks http on port 3000, so a proxy has to end TLS. compose.yaml and the README have the settings.
# For another package manager, change both `npm ci`, and the lock file's name here and in .dockerignore.

# Only this line has a version; Dependabot finds it here.
FROM node:24-slim AS base
WORKDIR /app

# Each stage begins with what changes least, so a change of the sources repeats no install.
FROM base AS dependencies
COPY package.json package-lock.json ./
RUN npm ci --omit=dev

FROM base AS build
COPY package.json package-lock.json ./
RUN npm ci
COPY . .
RUN npm run build

FROM base
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=3000
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json ./
COPY public ./public
COPY --from=build /app/dist ./dist
# The base image's user `node`; it owns none of these files. Kubernetes' runAsNonRoot needs the number.
USER 1000
EXPOSE 3000
# Requests in flight then get 10 s: give the container 15 s to stop (docker stop --time 15).
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/healthz').then((answer) => process.exit(answer.ok ? 0 : 1))"]
# Not npm, which passes no signals on. For one process per core, with sessions in Redis: dist/cluster.js.
CMD ["node", "dist/server.js"]
