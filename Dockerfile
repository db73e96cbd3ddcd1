# aegis-stack: the programs under test and aegis itself, one image; which role it plays is its argument: app, balancer.
FROM node:24-bookworm-slim AS build
WORKDIR /aegis
COPY package.json package-lock.jso[n] ./
# A checkout has a lock file, and is compiled; the installed package holds what was compiled.
RUN [ ! -f package-lock.json ] || npm install --no-save --no-audit --no-fund --ignore-scripts
COPY . .
RUN [ ! -f package-lock.json ] || npm run build
# Just what the npm package holds: its list of files leaves out what only tests need.
RUN npm pack --ignore-scripts --silent && tar -xzf aegis-chaos-*.tgz

FROM node:24-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 PORT_CONTROL=3001
WORKDIR /aegis
COPY package.json package-lock.jso[n] ./
RUN npm install --no-save --no-audit --no-fund --ignore-scripts --omit=dev --omit=optional && npm cache clean --force
COPY --from=build /aegis/package ./
USER node
EXPOSE 3000 3001
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
  CMD ["node", "-e", "require('http').get(`http://127.0.0.1:${process.env.PORT}/-/health`, ({ statusCode }) => process.exit(statusCode === 200 ? 0 : 1)).on('error', () => process.exit(1))"]
# Not npm: node itself is PID 1 and gets SIGTERM.
ENTRYPOINT ["node", "dist/stack/main.js"]
